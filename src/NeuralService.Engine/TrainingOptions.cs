namespace NeuralService.Engine;

/// <summary>How a network is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Largest number of passes over the training rows.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Rows of a step; null for all of them (batch gradient descent).</summary>
    public int? BatchSize { get; init; } = 32;

    /// <summary>Rule of a step.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Learning rate over the epochs.</summary>
    public LearningRateSchedule Schedule { get; init; } = new();

    /// <summary>Adds l1·Σ|w| over the weights, not the biases.</summary>
    public double L1 { get; init; }

    /// <summary>Adds ½·l2·Σw² over the weights, not the biases.</summary>
    public double L2 { get; init; }

    /// <summary>A gradient whose Euclidean norm is larger is shortened to it.</summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>Stop when a figure no longer improves; null for not.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Stop when a figure is good enough; null for not.</summary>
    public StopWhen? StopWhen { get; init; }

    /// <summary>Draw the rows of each epoch in a new order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Key of every random number.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the rows belong to classes, so that accuracy means something.</summary>
    public bool Classifies { get; init; }

    /// <summary>Whether the training loss of each epoch is measured with the weights at its end, or is the mean over its batches; null to measure where that is cheap.</summary>
    public bool? ExactHistory { get; init; }
}

/// <summary>Early stopping: ends when a figure has not improved for some epochs.</summary>
/// <param name="Monitor">What to watch.</param>
/// <param name="Patience">Epochs to wait for an improvement.</param>
/// <param name="MinDelta">By how much the figure must change to be an improvement.</param>
/// <param name="RestoreBest">Keep the weights of the best epoch instead of the last.</param>
public sealed record EarlyStopping(Monitor Monitor, int Patience, double MinDelta = 0, bool RestoreBest = true);

/// <summary>Ends after the epoch in which one of these is reached.</summary>
public sealed record StopWhen
{
    /// <summary>Training loss at most this.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>Training accuracy at least this: 0.9 is the lecture's tolerant perceptron (S04).</summary>
    public double? TrainingAccuracy { get; init; }

    /// <summary>Validation loss at most this.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Validation accuracy at least this.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Running time at least this, in seconds; the one condition that does not repeat with the seed.</summary>
    public double? Seconds { get; init; }

    internal bool IsReached(EpochReport report) =>
        report.TrainingLoss <= TrainingLoss || report.TrainingAccuracy >= TrainingAccuracy
        || report.ValidationLoss <= ValidationLoss || report.ValidationAccuracy >= ValidationAccuracy || report.Seconds >= Seconds;
}

/// <summary>One epoch of a training, as the loss history keeps it.</summary>
/// <param name="Epoch">From 1; 0 is the state before the first step.</param>
/// <param name="TrainingLoss">Loss over the training rows, without regularisation: of the weights at the epoch's end, or the mean over its batches.</param>
/// <param name="ValidationLoss">Loss over the validation rows; null without any.</param>
/// <param name="TrainingAccuracy">Share of training rows classified rightly; null for a regression.</param>
/// <param name="ValidationAccuracy">Share of validation rows classified rightly; null for a regression or without any.</param>
/// <param name="LearningRate">η of the epoch; null for epoch 0.</param>
/// <param name="GradientNorm">Euclidean norm of the last batch's gradient before clipping; null for epoch 0 and the perceptron rule.</param>
/// <param name="Seconds">Running time since the start.</param>
public readonly record struct EpochReport(
    int Epoch, double TrainingLoss, double? ValidationLoss, double? TrainingAccuracy, double? ValidationAccuracy, double? LearningRate, double? GradientNorm, double Seconds);

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    Epochs,

    /// <summary>The monitored figure no longer improved.</summary>
    EarlyStopping,

    /// <summary>A figure was good enough.</summary>
    StopWhen,

    /// <summary>A perceptron classified every training row rightly at an epoch's end.</summary>
    Converged,

    /// <summary>The caller asked to stop.</summary>
    Cancelled,
}

/// <summary>A loss or a parameter became NaN or infinite.</summary>
public sealed class DivergedException(int epoch) : Exception($"The loss or a weight is no longer a finite number in epoch {epoch}.")
{
    /// <summary>The epoch in which it was seen.</summary>
    public int Epoch { get; } = epoch;
}
