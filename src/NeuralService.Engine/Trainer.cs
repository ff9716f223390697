namespace NeuralService.Engine;

/// <summary>Trains a network: epochs of gradient steps, or of the perceptron rule, until a reason to stop.</summary>
/// <remarks>
/// All that a training is between two epochs lies in <see cref="Network"/>, the optimizer's moments, the watches and the kept weights; randomness is a
/// function of the seed (design law 2). Exact resume will save and restore just these.
/// </remarks>
public sealed class Trainer
{
    private const long SmallRun = 10_000_000; // rows × parameters up to which an extra pass for the exact training loss is cheap

    private readonly Samples _training;
    private readonly Samples? _validation;
    private readonly TrainingOptions _options;
    private readonly TimeProvider _time;
    private readonly int[] _order;
    private readonly PlateauWatch? _stoppingWatch;
    private readonly PlateauWatch? _rateWatch;
    private readonly PlateauWatch _bestWatch;
    private readonly float[]? _best;
    private readonly bool _restores;
    private int _reductions;

    /// <summary>A training of <paramref name="network"/>, whose parameters it changes in place.</summary>
    /// <param name="network">The network, with its first weights.</param>
    /// <param name="training">Rows to learn from; at least one.</param>
    /// <param name="validation">Rows that steer the training, or null.</param>
    /// <param name="options">How to train.</param>
    /// <param name="time">Source of time for <see cref="EpochReport.Seconds"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch has no rows.</exception>
    public Trainer(Network network, Samples training, Samples? validation, TrainingOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize ?? 1, 1, nameof(options));
        Network = network;
        (_training, _validation, _options, _time) = (training, validation, options, time);
        _order = [.. Enumerable.Range(0, training.Rows)];
        if (options.EarlyStopping is { } stopping)
        {
            _stoppingWatch = new PlateauWatch(stopping.Monitor, stopping.Patience, stopping.MinDelta);
            _restores = stopping.RestoreBest;
        }

        // The best weights are kept in any case: a training that is cancelled ends with them. The perceptron rule has its pocket, which is never worse than the best epoch.
        _bestWatch = _stoppingWatch ?? new PlateauWatch(validation is null ? Monitor.TrainingLoss : Monitor.ValidationLoss, int.MaxValue, 0);
        if (options.Optimizer.Type != OptimizerType.Perceptron) _best = [.. network.Parameters];

        if (options.Schedule is { Type: ScheduleType.ReduceOnPlateau } schedule)
            _rateWatch = new PlateauWatch(schedule.Monitor, schedule.Patience, schedule.MinDelta);
        int batch = Math.Min(options.BatchSize ?? training.Rows, training.Rows);
        HistoryIsExact = options.ExactHistory || batch == training.Rows || options.Optimizer.Type == OptimizerType.Perceptron
            || training.Rows * network.Definition.ParameterCount <= SmallRun;
    }

    /// <summary>The network; after <see cref="Run"/> with the weights that are kept.</summary>
    public Network Network { get; }

    /// <summary>Whether an epoch's training loss is that of the weights at its end, not the mean over its batches.</summary>
    public bool HistoryIsExact { get; }

    /// <summary>Trains until a reason to stop; the network then holds the weights to keep (the best ones where early stopping restores them, and after a cancellation).</summary>
    /// <param name="report">Called after each epoch, and for epoch 0 before the first step.</param>
    /// <param name="cancellation">Ends the training after the batch under way.</param>
    /// <exception cref="DivergedException">A loss or a parameter is NaN or infinite.</exception>
    public StopReason Run(Action<EpochReport> report, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        IEpochRunner runner = _options.Optimizer.Type == OptimizerType.Perceptron
            ? new PerceptronRule(Network, _training)
            : new GradientDescent(Network, _training, _options, measures: !HistoryIsExact);
        Report(0, null, new EpochFigures(), exact: true, start, report);
        StopReason reason = StopReason.Epochs;
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            if (_options.Shuffle)
            {
                for (int i = 0; i < _order.Length; i++) _order[i] = i;
                Philox.Shuffle(_order, _options.Seed, RandomPurpose.Shuffle, 0, (uint)epoch);
            }

            double rate = _options.Schedule.RateOf(_options.Optimizer.LearningRate, epoch, _options.Epochs, _reductions);
            var figures = runner.RunEpoch(_order, epoch, rate, cancellation);
            if (cancellation.IsCancellationRequested)
            {
                reason = StopReason.Cancelled;
                break;
            }

            if (After(Report(epoch, rate, figures, HistoryIsExact, start, report), runner) is { } stop)
            {
                reason = stop;
                break;
            }
        }

        runner.Finish();
        if (_restores || reason == StopReason.Cancelled) _best?.CopyTo(Network.Parameters.AsSpan());
        return reason;
    }

    private StopReason? After(EpochReport epoch, IEpochRunner runner)
    {
        var (improved, exhausted) = _bestWatch.Observe(epoch);
        if (improved && _best is not null) Network.Parameters.CopyTo(_best.AsSpan());
        if (epoch.Epoch > _options.Schedule.WarmupEpochs && _rateWatch?.Observe(epoch).Exhausted == true) _reductions++;
        if (runner.HasConverged) return StopReason.Converged;
        if (_options.StopWhen?.IsReached(epoch) == true) return StopReason.StopWhen;
        return exhausted && _stoppingWatch is not null ? StopReason.EarlyStopping : null;
    }

    private EpochReport Report(int epoch, double? rate, EpochFigures figures, bool exact, long start, Action<EpochReport> report)
    {
        var training = exact ? Evaluator.Evaluate(Network, _training, _options.Classifies) : null;
        var validation = _validation is null ? null : Evaluator.Evaluate(Network, _validation, _options.Classifies);
        double loss = training?.Loss ?? figures.Loss;
        if (!double.IsFinite(loss) || validation is { } v && !double.IsFinite(v.Loss) || !AreFinite(Network.Parameters)) throw new DivergedException(epoch);
        var result = new EpochReport(
            epoch, loss, validation?.Loss, _options.Classifies ? training is null ? figures.Accuracy : training.Accuracy : null, validation?.Accuracy,
            rate, figures.GradientNorm, _time.GetElapsedTime(start).TotalSeconds);
        report(result);
        return result;
    }

    // A loss can be finite though a weight is not: a mean over batches was taken before the last step, and relu answers −∞ with 0.
    private static bool AreFinite(ReadOnlySpan<float> parameters)
    {
        foreach (float p in parameters)
        {
            if (!float.IsFinite(p)) return false;
        }

        return true;
    }
}

/// <summary>What an epoch measured on its way.</summary>
/// <param name="Loss">Mean of the loss over the epoch's rows, each before the step that it took part in.</param>
/// <param name="Accuracy">Likewise.</param>
/// <param name="GradientNorm">Of the last batch, before clipping; null for the perceptron rule.</param>
internal readonly record struct EpochFigures(double Loss, double Accuracy, double? GradientNorm);

/// <summary>One epoch of a learning rule: gradient descent or the perceptron rule.</summary>
internal interface IEpochRunner
{
    /// <summary>Whether there is nothing left to learn.</summary>
    bool HasConverged { get; }

    /// <summary>Goes through the rows once, in the given order; returns early when cancelled.</summary>
    EpochFigures RunEpoch(ReadOnlySpan<int> order, int epoch, double learningRate, CancellationToken cancellation);

    /// <summary>Puts the weights to keep into the network.</summary>
    void Finish();
}
