using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>A job's data as the engine takes it: split, encoded, with what a version needs to encode its callers' rows the same way.</summary>
internal sealed record PreparedData
{
    /// <summary>The definition with every size known.</summary>
    public required NetworkDefinition Definition { get; init; }

    /// <summary>Features, fitted on the training rows.</summary>
    public required FeatureEncoder Features { get; init; }

    /// <summary>Targets, fitted on the training rows.</summary>
    public required TargetEncoder Targets { get; init; }

    /// <summary>Rows to learn from.</summary>
    public required Samples Training { get; init; }

    /// <summary>Rows that steer the training.</summary>
    public Samples? Validation { get; init; }

    /// <summary>Rows for the end.</summary>
    public Samples? Test { get; init; }

    /// <summary>Columns of the training table that the version does not use, and callers may send all the same.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Doubts.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the rows belong to classes.</summary>
    public bool Classifies => Targets.Kind != TargetKind.Values;

    /// <summary>Samples of class indexes: one output holds the class itself, several are one-hot.</summary>
    public static Samples OfClasses(float[] inputs, int width, int[] classes, TargetPlan plan, double[]? classWeights) =>
        Samples.WithClasses(inputs, width, classes, plan.Outputs, classWeights is null ? null : Array.ConvertAll(classes, c => (float)classWeights[c]));

    /// <summary>Weight of each class: null for none; balanced gives every class the same share, rows / (classes × rows of the class).</summary>
    /// <param name="weights">As requested.</param>
    /// <param name="names">The classes in their order.</param>
    /// <param name="training">Class index of each training row.</param>
    /// <exception cref="UntrainableException">A weight is for a class that does not occur.</exception>
    public static double[]? WeightsOf(ClassWeights? weights, IReadOnlyList<string> names, int[] training)
    {
        if (weights is null or { Balanced: false, ByClass: null }) return null;
        if (weights.ByClass?.Keys.Except(names, StringComparer.Ordinal).FirstOrDefault() is { } stranger) throw new UntrainableException(Problems.NoSuchClass(stranger, names));
        if (weights.ByClass is { } byClass) return [.. names.Select(name => byClass.GetValueOrDefault(name, 1))];
        var counts = new int[names.Count];
        foreach (int c in training) counts[c]++;
        return [.. counts.Select(n => n == 0 ? 0 : (double)training.Length / (counts.Length * (double)n))];
    }
}
