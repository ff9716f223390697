using System.Numerics;

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
    private readonly TrainingCores _cores;
    private readonly PackedNetwork _packed;
    private readonly EpochBlocks _blocks;
    private readonly PlateauWatch? _stoppingWatch;
    private readonly PlateauWatch? _rateWatch;
    private readonly PlateauWatch _bestWatch;
    private readonly AlignedFloats? _best;
    private readonly bool _restores;
    private int _reductions;

    /// <summary>A training of <paramref name="network"/>, whose parameters it changes in place.</summary>
    /// <param name="network">The network, with its first weights.</param>
    /// <param name="training">Rows to learn from; at least one.</param>
    /// <param name="validation">Rows that steer the training, or null.</param>
    /// <param name="options">How to train.</param>
    /// <param name="time">Source of time for <see cref="EpochReport.Seconds"/>.</param>
    /// <param name="cores">The cores to train on, shared with other trainings; null for one. The result has the same bits on any number.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch has no rows.</exception>
    public Trainer(Network network, Samples training, Samples? validation, TrainingOptions options, TimeProvider time, TrainingCores? cores = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize ?? 1, 1, nameof(options));
        Network = network;
        (_training, _validation, _options, _time) = (training, validation, options, time);
        _cores = cores ?? new TrainingCores(1);
        _packed = new PackedNetwork(new PackedLayout(network.Definition), trains: true);
        _packed.Load(network.Parameters);
        if (options.EarlyStopping is { } stopping)
        {
            _stoppingWatch = new PlateauWatch(stopping.Monitor, stopping.Patience, stopping.MinDelta);
            _restores = stopping.RestoreBest;
        }

        // The best weights are kept in any case: a training that is cancelled ends with them. The perceptron rule has its pocket, which is never worse than the best epoch.
        _bestWatch = _stoppingWatch ?? new PlateauWatch(validation is null ? Monitor.TrainingLoss : Monitor.ValidationLoss, int.MaxValue, 0);
        if (options.Optimizer.Type != OptimizerType.Perceptron)
        {
            _best = new AlignedFloats(_packed.Layout.Length);
            _packed.Parameters.CopyTo(_best.Span);
        }

        if (options.Schedule is { Type: ScheduleType.ReduceOnPlateau } schedule)
            _rateWatch = new PlateauWatch(schedule.Monitor, schedule.Patience, schedule.MinDelta);
        int batch = Math.Min(options.BatchSize ?? training.Rows, training.Rows);
        bool isPerceptron = options.Optimizer.Type == OptimizerType.Perceptron;
        bool shuffles = options.Shuffle && (batch < training.Rows || isPerceptron); // a full batch is the same rows in any order
        _blocks = new EpochBlocks(training, batch, shuffles, options.Seed);
        HistoryIsExact = isPerceptron || (options.ExactHistory ?? (batch == training.Rows || training.Rows * network.Definition.ParameterCount <= SmallRun));
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
        using var crew = new Crew(_cores.Count, _cores.ThreadStarts, _cores.EachPiece);
        _cores.Enter();
        try
        {
            var reason = RunEpochs(crew, report, cancellation);
            UpdateNetwork();
            return reason;
        }
        finally
        {
            _cores.Leave();
        }
    }

    /// <summary>Copies the weights of the moment into <see cref="Network"/>; for a report, which is called between two steps.</summary>
    public void UpdateNetwork() => _packed.Layout.Unpack(_packed.Parameters, Network.Parameters);

    private StopReason RunEpochs(Crew crew, Action<EpochReport> report, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        var evaluation = new TrainingEvaluation(_packed, Math.Max(_training.Rows, _validation?.Rows ?? 0), _options.Classifies, crew);
        IEpochRunner runner = _options.Optimizer.Type == OptimizerType.Perceptron
            ? new PerceptronRule(Network, _packed, _training)
            : new GradientDescent(_packed, _training, _options, measures: !HistoryIsExact, crew, () => _cores.Share, _cores.EachPiece is null ? _time : null);
        Report(evaluation, 0, null, new EpochFigures(), exact: true, start, report);
        var reason = StopReason.Epochs;
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            double rate = _options.Schedule.RateOf(_options.Optimizer.LearningRate, epoch, _options.Epochs, _reductions);
            runner.Begin(epoch, rate);
            _blocks.Begin(epoch);
            while (!cancellation.IsCancellationRequested && _blocks.Next(out var block)) runner.Run(block, cancellation);
            if (cancellation.IsCancellationRequested)
            {
                reason = StopReason.Cancelled;
                break;
            }

            if (After(Report(evaluation, epoch, rate, runner.End(), HistoryIsExact, start, report), runner) is { } stop)
            {
                reason = stop;
                break;
            }
        }

        runner.Finish();
        if (_restores || reason == StopReason.Cancelled) _best?.Span.CopyTo(_packed.Parameters);
        return reason;
    }

    private StopReason? After(EpochReport epoch, IEpochRunner runner)
    {
        var (improved, exhausted) = _bestWatch.Observe(epoch);
        if (improved && _best is not null) _packed.Parameters.CopyTo(_best.Span);
        if (epoch.Epoch > _options.Schedule.WarmupEpochs && _rateWatch?.Observe(epoch).Exhausted == true) _reductions++;
        if (runner.HasConverged) return StopReason.Converged;
        if (_options.StopWhen?.IsReached(epoch) == true) return StopReason.StopWhen;
        return exhausted && _stoppingWatch is not null ? StopReason.EarlyStopping : null;
    }

    private EpochReport Report(
        TrainingEvaluation evaluation, int epoch, double? rate, EpochFigures figures, bool exact, long start, Action<EpochReport> report)
    {
        (double Loss, double? Accuracy) training = exact ? evaluation.Run(_training, _cores.Share) : (figures.Loss, _options.Classifies ? figures.Accuracy : null);
        (double Loss, double? Accuracy)? validation = _validation is null ? null : evaluation.Run(_validation, _cores.Share);
        if (!double.IsFinite(training.Loss) || (validation is { } v && !double.IsFinite(v.Loss)) || !AreFinite(_packed.Parameters)) throw new DivergedException(epoch);
        var result = new EpochReport(
            epoch, training.Loss, validation?.Loss, training.Accuracy, validation?.Accuracy, rate, figures.GradientNorm, _time.GetElapsedTime(start).TotalSeconds);
        report(result);
        return result;
    }

    // A loss can be finite though a weight is not: a mean over batches was taken before the last step, and relu answers −∞ with 0.
    private static bool AreFinite(ReadOnlySpan<float> parameters)
    {
        var sum = Vector<float>.Zero; // x − x is 0, or NaN where x is not finite
        int i = 0;
        for (; i <= parameters.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(parameters[i..]);
            sum += x - x;
        }

        float rest = Vector.Sum(sum);
        for (; i < parameters.Length; i++) rest += parameters[i] - parameters[i];
        return rest == 0;
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

    /// <summary>Begins an epoch.</summary>
    void Begin(int epoch, double learningRate);

    /// <summary>Goes through some of the epoch's rows; returns early when cancelled.</summary>
    void Run(in EpochBlock block, CancellationToken cancellation);

    /// <summary>What the epoch measured, after its last block.</summary>
    EpochFigures End();

    /// <summary>Puts the weights to keep into the network.</summary>
    void Finish();
}
