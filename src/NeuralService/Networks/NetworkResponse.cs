using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Networks;

/// <summary>A network: a name that callers predict with, and its current definition.</summary>
public sealed record NetworkResponse
{
    /// <summary>Its id; ids sort by creation.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public required string? Description { get; init; }

    /// <summary>Number of input values; null while it is open.</summary>
    public required int? InputSize { get; init; }

    /// <summary>The layers, from the input to the output.</summary>
    public required IReadOnlyList<LayerResponse> Layers { get; init; }

    /// <summary>What training makes small.</summary>
    public required Loss Loss { get; init; }

    /// <summary>Total number of weights and biases; null while a size is open.</summary>
    public required long? Parameters { get; init; }

    /// <summary>Free tags.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The answer for a stored network.</summary>
    public static NetworkResponse From(NetworkRow row)
    {
        var definition = Json.Read<Definition>(row.Definition);
        return new NetworkResponse
        {
            Id = row.Id,
            Name = row.Name,
            Description = row.Description,
            InputSize = definition.InputSize,
            Layers = [.. definition.Layers.Select((layer, i) => LayerResponse.From(layer, definition.InputsOf(i)))],
            Loss = definition.Loss,
            Parameters = definition.Parameters,
            Tags = Json.Read<Dictionary<string, string>>(row.Tags),
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }
}

/// <summary>One dense layer and the shapes of its parameters.</summary>
public sealed record LayerResponse
{
    /// <summary>Number of units; null while it is open.</summary>
    public required int? Units { get; init; }

    /// <summary>The activation function.</summary>
    public required Activation Activation { get; init; }

    /// <summary>The slope of leakyRelu below zero; null for other activations.</summary>
    public required double? NegativeSlope { get; init; }

    /// <summary>How the weights start.</summary>
    public required Initializer Initializer { get; init; }

    /// <summary>Share of outputs dropped while training.</summary>
    public required double Dropout { get; init; }

    /// <summary>Whether the layer has biases.</summary>
    public required bool Bias { get; init; }

    /// <summary>Shape of the weights, [units, inputs]: row j holds the weights into unit j; null while a size is open.</summary>
    public required IReadOnlyList<int>? Weights { get; init; }

    /// <summary>Shape of the biases, [units]; [0] where there are none; null while the size is open.</summary>
    public required IReadOnlyList<int>? Biases { get; init; }

    /// <summary>Number of weights and biases; null while a size is open.</summary>
    public required long? Parameters { get; init; }

    /// <summary>The answer for a layer with this many inputs.</summary>
    public static LayerResponse From(DefinedLayer layer, int? inputs) => new()
    {
        Units = layer.Units,
        Activation = layer.Activation,
        NegativeSlope = layer.NegativeSlope,
        Initializer = layer.Initializer,
        Dropout = layer.Dropout,
        Bias = layer.Bias,
        Weights = layer.Units is { } u && inputs is { } i ? [u, i] : null,
        Biases = !layer.Bias ? [0] : layer.Units is { } b ? [b] : null,
        Parameters = layer.ParametersFrom(inputs),
    };
}
