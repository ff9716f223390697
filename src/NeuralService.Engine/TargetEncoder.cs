namespace NeuralService.Engine;

/// <summary>What the outputs of a network mean.</summary>
public enum TargetKind
{
    /// <summary>One class out of several: softmax with an output a class, or one sigmoid or step output for the second of two.</summary>
    Classes,

    /// <summary>Any number of names at once, each with its own sigmoid output.</summary>
    MultiLabel,

    /// <summary>Numbers.</summary>
    Values,
}

/// <summary>Between the targets of a table and the outputs of a network; kept in the version like <see cref="FeatureEncoder"/>.</summary>
public sealed record TargetEncoder
{
    /// <summary>What the outputs mean.</summary>
    public required TargetKind Kind { get; init; }

    /// <summary>Names of the targets: the column of the classes, or one name an output.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The classes in their order; empty but for <see cref="TargetKind.Classes"/>.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>For values, what is added to output × scale, one an output.</summary>
    public IReadOnlyList<double> Offsets { get; init; } = [];

    /// <summary>For values, the target's unit in units of the output, one an output.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [];

    /// <summary>Standardises values on the training rows, so that a rate that suits one table suits another.</summary>
    /// <param name="names">The targets' names.</param>
    /// <param name="columns">Their values, one array a target.</param>
    /// <param name="rows">The training rows.</param>
    public static TargetEncoder Standardize(IReadOnlyList<string> names, IReadOnlyList<double[]> columns, int[] rows)
    {
        var moments = columns.Select(c => FeatureFitting.Moments(Array.ConvertAll(rows, row => c[row]))).ToArray();
        return new TargetEncoder { Kind = TargetKind.Values, Names = names, Offsets = [.. moments.Select(m => m.Mean)], Scales = [.. moments.Select(m => m.Deviation)] };
    }

    /// <summary>Values as they are.</summary>
    /// <param name="names">The targets' names.</param>
    public static TargetEncoder Identity(IReadOnlyList<string> names) =>
        new() { Kind = TargetKind.Values, Names = names, Offsets = [.. names.Select(_ => 0.0)], Scales = [.. names.Select(_ => 1.0)] };

    /// <summary>A value as the network learns it.</summary>
    public float Encode(int output, double value) => (float)((value - Offsets[output]) / Scales[output]);

    /// <summary>An output of the network in the target's own unit.</summary>
    public double Decode(int output, float value) => Offsets[output] + Scales[output] * value;
}
