namespace NeuralService.Engine;

/// <summary>How the learning rate changes from epoch to epoch.</summary>
public enum ScheduleType
{
    /// <summary>Does not change.</summary>
    Constant,

    /// <summary>Times factor after every everyEpochs epochs.</summary>
    Step,

    /// <summary>Times factor after each epoch.</summary>
    Exponential,

    /// <summary>Half a cosine from the rate down to minimum over the job's epochs.</summary>
    Cosine,

    /// <summary>Times factor when the monitored figure has not improved for patience epochs.</summary>
    ReduceOnPlateau,
}

/// <summary>Figure that early stopping and reduceOnPlateau watch.</summary>
public enum Monitor
{
    /// <summary>Loss over the validation rows.</summary>
    ValidationLoss,

    /// <summary>Accuracy over the validation rows.</summary>
    ValidationAccuracy,

    /// <summary>Loss over the training rows.</summary>
    TrainingLoss,
}

/// <summary>A schedule's settings; those that its type does not use are ignored.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>Which rule.</summary>
    public ScheduleType Type { get; init; }

    /// <summary>Epochs between two changes, for step.</summary>
    public int EveryEpochs { get; init; } = 10;

    /// <summary>Factor of a change.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>What reduceOnPlateau watches.</summary>
    public Monitor Monitor { get; init; } = Monitor.ValidationLoss;

    /// <summary>Epochs without an improvement before reduceOnPlateau reduces.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>By how much the figure must change to be an improvement.</summary>
    public double MinDelta { get; init; } = 1e-4;

    /// <summary>Lowest learning rate of cosine and reduceOnPlateau.</summary>
    public double Minimum { get; init; }

    /// <summary>Epochs over which the rate first rises in equal steps to its full value; the rule starts after them.</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>Learning rate of an epoch.</summary>
    /// <param name="rate">The optimizer's learning rate.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">Epochs of the whole training.</param>
    /// <param name="reductions">How often reduceOnPlateau has reduced so far.</param>
    public double RateOf(double rate, int epoch, int epochs, int reductions)
    {
        if (epoch <= WarmupEpochs) return rate * epoch / (WarmupEpochs + 1);
        int done = epoch - 1 - WarmupEpochs;
        return Type switch
        {
            ScheduleType.Step => rate * Elementary.Power(Factor, done / EveryEpochs),
            ScheduleType.Exponential => rate * Elementary.Power(Factor, done),
            ScheduleType.Cosine => Minimum + (rate - Minimum) * (1 + Elementary.Cos(Math.PI * done / Math.Max(1, epochs - WarmupEpochs))) / 2,
            ScheduleType.ReduceOnPlateau => Math.Max(Math.Min(rate, Minimum), rate * Elementary.Power(Factor, reductions)),
            _ => rate,
        };
    }
}

/// <summary>Counts epochs without an improvement of a monitored figure (as Keras counts them).</summary>
internal sealed class PlateauWatch(Monitor monitor, int patience, double minDelta)
{
    private double? _best;
    private int _waited;

    /// <summary>Takes the figure of one epoch.</summary>
    /// <returns>Whether it improved, and whether patience is at its end (the count then starts again).</returns>
    public (bool Improved, bool Exhausted) Observe(EpochReport report)
    {
        double value = monitor switch
        {
            Monitor.ValidationLoss => report.ValidationLoss!.Value,
            Monitor.ValidationAccuracy => -report.ValidationAccuracy!.Value, // larger is better, so its negative is watched
            _ => report.TrainingLoss,
        };
        if (_best is null || value < _best - minDelta)
        {
            _best = value;
            _waited = 0;
            return (true, false);
        }

        if (++_waited < patience) return (false, false);
        _waited = 0;
        return (false, true);
    }
}
