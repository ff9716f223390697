using System.ComponentModel.DataAnnotations;
using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Networks;

/// <summary>A new network.</summary>
public sealed record NetworkRequest
{
    /// <summary>The name that callers predict with: 1 to 64 lower-case letters, digits, dots, underscores and hyphens.</summary>
    [RegularExpression(Names.SchemaPattern)]
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    [MaxLength(2000)]
    public string? Description { get; init; }

    /// <summary>Number of input values of the first layer; left out, each training takes it from its own data.</summary>
    [Range(1, int.MaxValue)]
    public int? InputSize { get; init; }

    /// <summary>The layers, from the input to the output.</summary>
    [MinLength(1), MaxLength(64)]
    public required IReadOnlyList<LayerRequest> Layers { get; init; }

    /// <summary>What training makes small; left out, the loss that fits the last layer.</summary>
    public Loss? Loss { get; init; }

    /// <summary>Free tags; lists filter by them.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>The new definition of a network, for later jobs; versions keep the one they were trained with.</summary>
public sealed record NetworkChange
{
    /// <summary>The network's name; where it is given, it is the one in the path.</summary>
    public string? Name { get; init; }

    /// <summary>Free text.</summary>
    [MaxLength(2000)]
    public string? Description { get; init; }

    /// <summary>Number of input values of the first layer; left out, each training takes it from its own data.</summary>
    [Range(1, int.MaxValue)]
    public int? InputSize { get; init; }

    /// <summary>The layers, from the input to the output.</summary>
    [MinLength(1), MaxLength(64)]
    public required IReadOnlyList<LayerRequest> Layers { get; init; }

    /// <summary>What training makes small; left out, the loss that fits the last layer.</summary>
    public Loss? Loss { get; init; }

    /// <summary>Free tags; lists filter by them.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>One dense layer: a = σ(W·x + b).</summary>
public sealed record LayerRequest
{
    /// <summary>Number of units (neurons); may be left out on the last layer, then each training takes it from its own data.</summary>
    [Range(1, 65_536)]
    public int? Units { get; init; }

    /// <summary>The activation function σ; softmax on the last layer only.</summary>
    public required Activation Activation { get; init; }

    /// <summary>For leakyRelu: the slope below zero, 0 to 1; 0.01 where it is left out.</summary>
    [Range(0.0, 1.0)]
    public double? NegativeSlope { get; init; }

    /// <summary>How the weights start: auto is He for the ReLU family, Glorot else; biases start at 0.</summary>
    public Initializer Initializer { get; init; } = Initializer.Auto;

    /// <summary>Share of the layer's outputs dropped while training; not on the last layer.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <summary>Whether the layer has biases.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>A stored layer as a request would say it.</summary>
    internal static LayerRequest From(DefinedLayer layer) => new()
    {
        Units = layer.Units,
        Activation = layer.Activation,
        NegativeSlope = layer.NegativeSlope,
        Initializer = layer.Initializer,
        Dropout = layer.Dropout,
        Bias = layer.Bias,
    };
}
