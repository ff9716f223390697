using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>How a training went, epoch by epoch.</summary>
/// <param name="Items">One an epoch, in order; epoch 0 is before the first step.</param>
/// <param name="HistoryKind">What an epoch's training loss is; null before the start.</param>
public sealed record LossHistoryResponse(IAsyncEnumerable<LossItem> Items, HistoryKind? HistoryKind);

/// <summary>What the training loss and accuracy of an epoch are.</summary>
public enum HistoryKind
{
    /// <summary>Those of the weights at the epoch's end, over all training rows.</summary>
    Exact,

    /// <summary>The mean over the epoch's batches, each before the step that it led to.</summary>
    BatchMean,
}

/// <summary>One epoch.</summary>
/// <param name="Epoch">From 1; 0 is the state before the first step.</param>
/// <param name="TrainingLoss">Loss over the training rows, without regularisation.</param>
/// <param name="ValidationLoss">Loss over the validation rows; null without any.</param>
/// <param name="TrainingAccuracy">Share of training rows classified rightly; null for a regression.</param>
/// <param name="ValidationAccuracy">Share of validation rows classified rightly; null for a regression or without any.</param>
/// <param name="LearningRate">Learning rate of the epoch; null for epoch 0.</param>
/// <param name="GradientNorm">Euclidean norm of the last batch's gradient, before clipping; null for epoch 0 and under the perceptron rule.</param>
/// <param name="Seconds">Running time since the start.</param>
public sealed record LossItem(
    int Epoch, double TrainingLoss, double? ValidationLoss, double? TrainingAccuracy, double? ValidationAccuracy, double? LearningRate, double? GradientNorm, double Seconds)
{
    /// <summary>The item of an epoch.</summary>
    public static LossItem From(EpochReport r) => new(
        r.Epoch, r.TrainingLoss, r.ValidationLoss, r.TrainingAccuracy, r.ValidationAccuracy, r.LearningRate, r.GradientNorm is { } norm && double.IsFinite(norm) ? norm : null, r.Seconds);
}
