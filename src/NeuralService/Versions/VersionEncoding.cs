using NeuralService.Engine;

namespace NeuralService.Versions;

/// <summary>How a version turns callers' rows into inputs and its outputs into answers; stored with it (design law 9).</summary>
/// <param name="Features">The features' encoder.</param>
/// <param name="Targets">The targets' encoder.</param>
/// <param name="PassedOver">Columns of the training table that it does not use, and callers may send all the same.</param>
public sealed record VersionEncoding(FeatureEncoder Features, TargetEncoder Targets, IReadOnlyList<string> PassedOver);

/// <summary>What a caller sends to a version and gets back.</summary>
/// <param name="Inputs">The columns, in the order of rows given by position.</param>
/// <param name="Outputs">What comes back.</param>
public sealed record Signature(IReadOnlyList<SignatureInput> Inputs, IReadOnlyList<SignatureOutput> Outputs)
{
    /// <summary>The signature of an encoding.</summary>
    public static Signature Of(VersionEncoding encoding) => new(
        [.. encoding.Features.Columns.Select(c => new SignatureInput(c.Name, c.Type, c.Type == ColumnType.Numeric ? null : c.Categories))],
        encoding.Targets.Kind == TargetKind.Classes
            ? [new SignatureOutput(encoding.Targets.Names[0], ColumnType.Categorical, encoding.Targets.Classes)]
            : [.. encoding.Targets.Names.Select(name => new SignatureOutput(name, encoding.Targets.Kind == TargetKind.Values ? ColumnType.Numeric : ColumnType.Boolean, null))]);
}

/// <summary>One column that a caller sends.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">numeric, categorical or boolean.</param>
/// <param name="Categories">The texts that a categorical or boolean value is one of; null for numbers.</param>
public sealed record SignatureInput(string Name, ColumnType Type, IReadOnlyList<string>? Categories);

/// <summary>One figure or class that a caller gets back.</summary>
/// <param name="Name">The target column, or label and y1, y2, … for inline data.</param>
/// <param name="Type">categorical for a class, boolean for one label of several, numeric for a value.</param>
/// <param name="Classes">The classes in their order; null but for a class.</param>
public sealed record SignatureOutput(string Name, ColumnType Type, IReadOnlyList<string>? Classes);
