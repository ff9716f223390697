using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>What the kept weights of a job are worth on its parts; figures that do not exist are null.</summary>
public record JobMetrics
{
    /// <summary>Mean loss over the training rows, without regularisation.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>Mean loss over the validation rows.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Mean loss over the test rows.</summary>
    public double? TestLoss { get; init; }

    /// <summary>Share of training rows classified rightly; null for a regression.</summary>
    public double? TrainingAccuracy { get; init; }

    /// <summary>Share of validation rows classified rightly.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Share of test rows classified rightly.</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>Root mean squared error over the training rows, in the target's unit; null for a classifier.</summary>
    public double? TrainingRmse { get; init; }

    /// <summary>Likewise over the validation rows.</summary>
    public double? ValidationRmse { get; init; }

    /// <summary>Likewise over the test rows.</summary>
    public double? TestRmse { get; init; }

    /// <summary>Mean absolute error over the training rows, in the target's unit; null for a classifier.</summary>
    public double? TrainingMae { get; init; }

    /// <summary>Likewise over the validation rows.</summary>
    public double? ValidationMae { get; init; }

    /// <summary>Likewise over the test rows.</summary>
    public double? TestMae { get; init; }

    /// <summary>R² over the training rows; null for a classifier.</summary>
    public double? TrainingR2 { get; init; }

    /// <summary>Likewise over the validation rows.</summary>
    public double? ValidationR2 { get; init; }

    /// <summary>Likewise over the test rows.</summary>
    public double? TestR2 { get; init; }

    /// <summary>What l1 and l2 add to the training loss.</summary>
    public double RegularizationLoss { get; init; }

    /// <summary>The same figures of the trivial model: the largest class with the classes' shares as probabilities, or the mean.</summary>
    public JobMetrics? Baseline { get; init; }

    /// <summary>Puts the parts' metrics together; a loss that is not finite becomes null.</summary>
    public static JobMetrics Of(Metrics training, Metrics? validation, Metrics? test) => new()
    {
        TrainingLoss = Finite(training.Loss), ValidationLoss = Finite(validation?.Loss), TestLoss = Finite(test?.Loss),
        TrainingAccuracy = training.Accuracy, ValidationAccuracy = validation?.Accuracy, TestAccuracy = test?.Accuracy,
        TrainingRmse = training.Rmse, ValidationRmse = validation?.Rmse, TestRmse = test?.Rmse,
        TrainingMae = training.Mae, ValidationMae = validation?.Mae, TestMae = test?.Mae,
        TrainingR2 = training.R2, ValidationR2 = validation?.R2, TestR2 = test?.R2,
    };

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
