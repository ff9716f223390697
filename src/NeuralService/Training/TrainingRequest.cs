using System.ComponentModel.DataAnnotations;
using NeuralService.Engine;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>A training job to submit.</summary>
public sealed record TrainingRequest
{
    /// <summary>Name of the network that the job makes a version of.</summary>
    public required string Network { get; init; }

    /// <summary>What to learn from: a stored table with a target column, or rows given inline.</summary>
    public required DataRequest Data { get; init; }

    /// <summary>This job's own layers, instead of the network's current ones.</summary>
    public IReadOnlyList<LayerRequest>? Layers { get; init; }

    /// <summary>This job's own loss, instead of the network's current one.</summary>
    public Loss? Loss { get; init; }

    /// <summary>Rows that steer the training (early stopping, reduceOnPlateau, stopWhen) and are not learned from.</summary>
    public PartRequest? Validation { get; init; }

    /// <summary>Rows that are touched once, at the end.</summary>
    public PartRequest? Test { get; init; }

    /// <summary>Largest number of passes over the training rows.</summary>
    [Range(1, 10_000_000)]
    public int Epochs { get; init; } = 100;

    /// <summary>Rows of a step: a number, or "full" for all of them.</summary>
    public BatchSize? BatchSize { get; init; } = new(32);

    /// <summary>Rule by which a gradient changes the weights; adam when left out (perceptron where the loss is perceptron).</summary>
    public OptimizerRequest? Optimizer { get; init; }

    /// <summary>How the learning rate changes over the epochs; constant when left out.</summary>
    public ScheduleRequest? LearningRateSchedule { get; init; }

    /// <summary>Penalties on large weights, and a limit on the gradient.</summary>
    public RegularizationRequest? Regularization { get; init; }

    /// <summary>Weight of each class in the gradient: "none", "balanced" (rows / (classes × rows of the class)), or a map by class. Losses are reported without it.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>Ends the training when a figure no longer improves; off when left out.</summary>
    public EarlyStoppingRequest? EarlyStopping { get; init; }

    /// <summary>Ends the training after the epoch in which one of these figures is reached.</summary>
    public StopWhenRequest? StopWhen { get; init; }

    /// <summary>Draw the rows of each epoch in a new order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Key of every random number of the training, 0 to 2^53 − 1; drawn when left out, and told in the answer. The same request with the same seed gives the same weights to the bit.</summary>
    [Range(0, 9007199254740991)]
    public long? Seed { get; init; }

    /// <summary>Jobs of higher priority go first.</summary>
    [Range(-100, 100)]
    public int Priority { get; init; }

    /// <summary>First weights: those of a version of the same network, or explicit ones; drawn by the layers' initializers when left out.</summary>
    public InitialWeightsRequest? InitialWeights { get; init; }

    /// <summary>Measure the training loss of every epoch with the weights at its end, however large the run.</summary>
    public bool ExactHistory { get; init; }

    /// <summary>Free tags; the version that the job makes has them too.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>What a job learns from: either dataset with target, or inputs with targets or labels.</summary>
public sealed record DataRequest
{
    /// <summary>Name of a stored table.</summary>
    public string? Dataset { get; init; }

    /// <summary>Column of the table to predict, or a list of several numeric ones.</summary>
    public Columns? Target { get; init; }

    /// <summary>Columns of the table to predict from; all others when left out.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>How to encode columns of the table, by name; "*" stands for all others.</summary>
    public IReadOnlyDictionary<string, PreprocessingRequest>? Preprocessing { get; init; }

    /// <summary>Rows of numbers, used as they are.</summary>
    public double[][]? Inputs { get; init; }

    /// <summary>For each row of inputs its row of target numbers, used as they are.</summary>
    public double[][]? Targets { get; init; }

    /// <summary>For each row of inputs the name of its class.</summary>
    public IReadOnlyList<Label>? Labels { get; init; }

    /// <summary>What was asked for a column: its own entry, else that of "*".</summary>
    internal PreprocessingRequest? PreprocessingOf(string column) =>
        Preprocessing?.GetValueOrDefault(column) ?? Preprocessing?.GetValueOrDefault("*");
}

/// <summary>How a column is encoded.</summary>
public sealed record PreprocessingRequest
{
    /// <summary>How the column becomes inputs; by its type when left out (standardize, oneHot, none for booleans).</summary>
    public ColumnEncoding? Encode { get; init; }

    /// <summary>What stands in for a missing value; by its type when left out (mean, mostFrequent).</summary>
    public Imputation? Impute { get; init; }
}

/// <summary>Rows set apart for validation or test; one of fraction, dataset and splitColumn.</summary>
public sealed record PartRequest
{
    /// <summary>Share of all rows, drawn by the seed.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Fraction { get; init; }

    /// <summary>Keep the shares of the classes.</summary>
    public bool Stratify { get; init; }

    /// <summary>Another stored table with the same columns.</summary>
    public string? Dataset { get; init; }

    /// <summary>Column of the table that says train, validation or test for each row (on validation only; it serves both parts).</summary>
    public string? SplitColumn { get; init; }
}

/// <summary>An optimizer; formulas as PyTorch's.</summary>
public sealed record OptimizerRequest
{
    /// <summary>Which rule.</summary>
    public required OptimizerType Type { get; init; }

    /// <summary>Learning rate η: 0.01 for sgd and rmsProp, 0.001 for adam and adamW, 1 for perceptron when left out.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double? LearningRate { get; init; }

    /// <summary>Momentum μ of sgd and rmsProp, 0 when left out.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Momentum { get; init; }

    /// <summary>Nesterov's momentum, for sgd.</summary>
    public bool? Nesterov { get; init; }

    /// <summary>How much of the mean square rmsProp keeps in a step, 0.99 when left out.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Alpha { get; init; }

    /// <summary>Added to the divisor of rmsProp, adam and adamW, 1e-8 when left out.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Epsilon { get; init; }

    /// <summary>Centered rmsProp.</summary>
    public bool? Centered { get; init; }

    /// <summary>β₁ of adam and adamW, 0.9 when left out.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Beta1 { get; init; }

    /// <summary>β₂ of adam and adamW, 0.999 when left out.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Beta2 { get; init; }

    /// <summary>Decay of weights and biases; 0 when left out, 0.01 for adamW.</summary>
    [Range(0.0, 1e6)]
    public double? WeightDecay { get; init; }
}

/// <summary>A learning-rate schedule.</summary>
public sealed record ScheduleRequest
{
    /// <summary>Which rule.</summary>
    public required ScheduleType Type { get; init; }

    /// <summary>Epochs between two changes, for step.</summary>
    [Range(1, 10_000_000)]
    public int? EveryEpochs { get; init; }

    /// <summary>Factor of a change, for step, exponential and reduceOnPlateau (0.1 when left out).</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Factor { get; init; }

    /// <summary>Figure that reduceOnPlateau watches; validationLoss where there are validation rows, else trainingLoss.</summary>
    public Engine.Monitor? Monitor { get; init; }

    /// <summary>Epochs without an improvement before reduceOnPlateau reduces, 10 when left out.</summary>
    [Range(1, 10_000_000)]
    public int? Patience { get; init; }

    /// <summary>By how much the figure must change to be an improvement, 1e-4 when left out.</summary>
    [Range(0.0, 1e20)]
    public double? MinDelta { get; init; }

    /// <summary>Lowest learning rate of cosine and reduceOnPlateau, 0 when left out.</summary>
    [Range(0.0, 1e6)]
    public double? Minimum { get; init; }

    /// <summary>Epochs over which the rate first rises to its full value.</summary>
    [Range(0, 10_000_000)]
    public int WarmupEpochs { get; init; }
}

/// <summary>Penalties and limits.</summary>
public sealed record RegularizationRequest
{
    /// <summary>Adds l1·Σ|w| over the weights, not the biases.</summary>
    [Range(0.0, 1e6)]
    public double L1 { get; init; }

    /// <summary>Adds ½·l2·Σw² over the weights, not the biases.</summary>
    [Range(0.0, 1e6)]
    public double L2 { get; init; }

    /// <summary>A gradient whose Euclidean norm is larger is shortened to it.</summary>
    [Range(0.0, 1e20, MinimumIsExclusive = true)]
    public double? MaxGradientNorm { get; init; }
}

/// <summary>Early stopping.</summary>
public sealed record EarlyStoppingRequest
{
    /// <summary>Figure to watch.</summary>
    public Engine.Monitor Monitor { get; init; } = Engine.Monitor.ValidationLoss;

    /// <summary>Epochs to wait for an improvement.</summary>
    [Range(1, 10_000_000)]
    public int Patience { get; init; } = 10;

    /// <summary>By how much the figure must change to be an improvement.</summary>
    [Range(0.0, 1e20)]
    public double MinDelta { get; init; }

    /// <summary>Keep the weights of the best epoch instead of the last.</summary>
    public bool RestoreBest { get; init; } = true;
}

/// <summary>Figures that end a training.</summary>
public sealed record StopWhenRequest
{
    /// <summary>Training loss at most this.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>Training accuracy at least this; 0.9 is the tolerant perceptron.</summary>
    [Range(0.0, 1.0)]
    public double? TrainingAccuracy { get; init; }

    /// <summary>Validation loss at most this.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Validation accuracy at least this.</summary>
    [Range(0.0, 1.0)]
    public double? ValidationAccuracy { get; init; }

    /// <summary>Running time at least this, in seconds; with it the same seed may end at another epoch.</summary>
    [Range(0.0, 1e9, MinimumIsExclusive = true)]
    public double? Seconds { get; init; }
}

/// <summary>First weights of a training; one of version and layers.</summary>
public sealed record InitialWeightsRequest
{
    /// <summary>A version of the same network with layers of the same sizes.</summary>
    [Range(1, int.MaxValue)]
    public int? Version { get; init; }

    /// <summary>The weights themselves, one entry a layer.</summary>
    public IReadOnlyList<LayerWeights>? Layers { get; init; }
}

/// <summary>Weights and biases of one layer.</summary>
public sealed record LayerWeights
{
    /// <summary>Row j holds the weights into unit j, shape [units][inputs].</summary>
    public required double[][] Weights { get; init; }

    /// <summary>One number a unit, shape [units].</summary>
    public required double[] Biases { get; init; }
}
