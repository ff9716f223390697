namespace NeuralService.Engine;

/// <summary>Where the parameters of a network lie while it trains: in the kernels' panels, layer by layer, each layer's weights and then its biases.</summary>
/// <remarks>
/// A layer's weights are kept in one of two ways: as Wᵀ, shape [inputs, units], which the forward pass multiplies with, or as W, shape [units, inputs], which
/// backpropagation multiplies with. The gradient and the optimizer's moments lie in the same way, so that an optimizer step is one walk over equal arrays; the
/// other way is a copy (<see cref="PackedNetwork"/>). Canonical order (<see cref="Network"/>) is for what is loaded and saved.
/// </remarks>
internal sealed class PackedLayout
{
    public PackedLayout(NetworkDefinition definition)
    {
        Definition = definition;
        Layers = new PackedLayer[definition.Layers.Count];
        long length = 0;
        for (int i = 0; i < Layers.Length; i++)
        {
            int units = definition.Layers[i].Units, inputs = definition.InputsOf(i);
            // The gradient of W fills the lanes with inputs where units are few (an output layer), else with units. The first layer has no other choice: its
            // inputs are rows of the caller's table.
            bool turned = i > 0 && units < inputs && units < 32;
            var layer = new PackedLayer(inputs, units, turned, checked((int)length));
            Layers[i] = layer;
            length = layer.BiasStart + (long)layer.BiasLength;
        }

        Length = checked((int)length);
    }

    public NetworkDefinition Definition { get; }

    public PackedLayer[] Layers { get; }

    /// <summary>Floats of all layers, padding included.</summary>
    public int Length { get; }

    /// <summary>From canonical order to panels.</summary>
    public void Pack(ReadOnlySpan<float> canonical, Span<float> packed)
    {
        int at = 0;
        foreach (var layer in Layers)
        {
            for (int unit = 0; unit < layer.Units; unit++)
            {
                for (int input = 0; input < layer.Inputs; input++) packed[layer.IndexOf(unit, input)] = canonical[at++];
            }

            for (int unit = 0; unit < layer.Units; unit++) packed[layer.BiasStart + unit] = canonical[at++];
        }
    }

    /// <summary>From panels to canonical order.</summary>
    public void Unpack(ReadOnlySpan<float> packed, Span<float> canonical)
    {
        int at = 0;
        foreach (var layer in Layers)
        {
            for (int unit = 0; unit < layer.Units; unit++)
            {
                for (int input = 0; input < layer.Inputs; input++) canonical[at++] = packed[layer.IndexOf(unit, input)];
            }

            for (int unit = 0; unit < layer.Units; unit++) canonical[at++] = packed[layer.BiasStart + unit];
        }
    }
}

/// <summary>Where one layer's parameters lie.</summary>
/// <param name="Inputs">Inputs of each unit.</param>
/// <param name="Units">Units.</param>
/// <param name="KeepsW">Whether W itself is kept, shape [Units, Inputs], and not Wᵀ.</param>
/// <param name="WeightStart">Where the weights begin.</param>
internal sealed record PackedLayer(int Inputs, int Units, bool KeepsW, int WeightStart)
{
    private const int Line = 16; // floats of a cache line

    /// <summary>Shape of Wᵀ.</summary>
    public PanelShape Forward { get; } = new(Inputs, Units);

    /// <summary>Shape of W.</summary>
    public PanelShape Backward { get; } = new(Units, Inputs);

    /// <summary>Shape of what is kept.</summary>
    public PanelShape Kept => KeepsW ? Backward : Forward;

    public int WeightLength => Kept.Length;

    public int BiasStart => WeightStart + RoundUp(WeightLength);

    /// <summary>Biases up to whole panels of the forward shape.</summary>
    public int BiasLength => RoundUp(Forward.Count * Forward.Width);

    /// <summary>Where the weight from an input into a unit lies.</summary>
    public int IndexOf(int unit, int input) => WeightStart + (KeepsW ? Kept.IndexOf(unit, input) : Kept.IndexOf(input, unit));

    private static int RoundUp(int length) => (length + Line - 1) / Line * Line;
}
