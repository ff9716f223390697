using System.Text.Json.Serialization;
using NeuralService.Engine;

namespace NeuralService.Networks;

/// <summary>A checked definition as it is stored: sizes may be open (null), everything else is known.</summary>
/// <param name="InputSize">Number of input values; null: from the data.</param>
/// <param name="Layers">The layers, from the input to the output.</param>
/// <param name="Loss">What training makes small.</param>
public sealed record Definition(int? InputSize, IReadOnlyList<DefinedLayer> Layers, Loss Loss)
{
    /// <summary>Total number of parameters; null while a size is open.</summary>
    [JsonIgnore]
    public long? Parameters
    {
        get
        {
            long total = 0;
            for (int i = 0; i < Layers.Count; i++)
            {
                if (Layers[i].ParametersFrom(InputsOf(i)) is not { } own)
                    return null;
                total += own;
            }
            return total;
        }
    }

    /// <summary>A definition with every size known, as one that was defined so.</summary>
    public static Definition Of(NetworkDefinition resolved) =>
        new(resolved.InputSize, [.. resolved.Layers.Select(l => new DefinedLayer(l.Units, l.Activation, l.NegativeSlope, l.Initializer, l.Dropout, l.Bias))], resolved.Loss);

    /// <summary>Number of inputs of a layer; null while it is open.</summary>
    public int? InputsOf(int layer) => layer == 0 ? InputSize : Layers[layer - 1].Units;

    /// <summary>The definition with the open sizes filled in.</summary>
    /// <param name="inputSize">Width of the encoded features.</param>
    /// <param name="outputs">Number of outputs that the targets need.</param>
    /// <exception cref="ArgumentException">A size that is not open is another.</exception>
    public NetworkDefinition Resolve(int inputSize, int outputs)
    {
        if (InputSize is { } inputs && inputs != inputSize)
            throw new ArgumentException($"The definition takes {inputs} inputs, not {inputSize}.", nameof(inputSize));
        if (Layers[^1].Units is { } units && units != outputs)
            throw new ArgumentException($"The definition has {units} outputs, not {outputs}.", nameof(outputs));
        return new NetworkDefinition(inputSize, [.. Layers.Select(l => l.Resolve(l.Units ?? outputs))], Loss);
    }
}

/// <summary>One layer of a stored definition.</summary>
/// <param name="Units">Number of units; null on the last layer: from the data.</param>
/// <param name="Activation">The activation function.</param>
/// <param name="NegativeSlope">The slope of leakyRelu below zero; null for other activations.</param>
/// <param name="Initializer">How the weights start.</param>
/// <param name="Dropout">Share of outputs dropped while training.</param>
/// <param name="Bias">Whether the layer has biases.</param>
public sealed record DefinedLayer(int? Units, Activation Activation, double? NegativeSlope, Initializer Initializer, double Dropout, bool Bias)
{
    /// <summary>Number of parameters with this many inputs; null while a size is open.</summary>
    public long? ParametersFrom(int? inputs) => inputs is { } i && Units is { } u ? checked((long)i * u + (Bias ? u : 0)) : null;

    /// <summary>The engine's layer.</summary>
    public LayerDefinition Resolve(int units) => new(units, Activation, NegativeSlope ?? 0.01, Initializer, Dropout, Bias);
}
