namespace NeuralService.Engine;

/// <summary>How the weights of a layer start; biases start at 0. fanIn and fanOut are the layer's inputs and units.</summary>
public enum Initializer
{
    /// <summary>He (uniform) for relu and leakyRelu, Glorot (uniform) for the others.</summary>
    Auto,

    /// <summary>Uniform in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010).</summary>
    GlorotUniform,

    /// <summary>Normal with standard deviation √(2 / (fanIn + fanOut)) (Glorot and Bengio 2010).</summary>
    GlorotNormal,

    /// <summary>Uniform in ±√(6 / fanIn) (He et al. 2015).</summary>
    HeUniform,

    /// <summary>Normal with standard deviation √(2 / fanIn) (He et al. 2015).</summary>
    HeNormal,

    /// <summary>Uniform in ±1/√fanIn, as PyTorch's linear layer starts its weights.</summary>
    Uniform,

    /// <summary>All weights 0: right for a single layer, where there is no symmetry to break.</summary>
    Zeros,
}

/// <summary>One dense layer, z = W·a + b, a = g(z) (lecture S28).</summary>
/// <param name="Units">Number of units n.</param>
/// <param name="Activation">g.</param>
/// <param name="NegativeSlope">Slope of leakyRelu below 0; 0 or more.</param>
/// <param name="Initializer">How the weights start.</param>
/// <param name="Dropout">Probability, 0 ≤ p &lt; 1, that a unit's output is set to 0 in a training step; the others are divided by 1 − p.</param>
/// <param name="Bias">Whether the layer has a trained bias; without one its biases stay 0.</param>
public sealed record LayerDefinition(
    int Units, Activation Activation, double NegativeSlope = 0.01, Initializer Initializer = Initializer.Auto, double Dropout = 0, bool Bias = true);

/// <summary>A network as it is trained: every size known.</summary>
/// <param name="InputSize">Number of inputs of the first layer.</param>
/// <param name="Layers">The layers, first to last; at least one.</param>
/// <param name="Loss">What training makes small.</param>
public sealed record NetworkDefinition(int InputSize, IReadOnlyList<LayerDefinition> Layers, Loss Loss)
{
    /// <summary>The last layer.</summary>
    public LayerDefinition Output => Layers[^1];

    /// <summary>Number of inputs of layer <paramref name="layer"/>: the units of the layer below.</summary>
    public int InputsOf(int layer) => layer == 0 ? InputSize : Layers[layer - 1].Units;

    /// <summary>Σ over the layers of units × (inputs + 1) (lecture S29, S30): weights and biases as they are stored, also the zeros of a layer without a bias.</summary>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public long ParameterCount
    {
        get
        {
            long count = 0;
            for (int i = 0; i < Layers.Count; i++) count = checked(count + Layers[i].Units * ((long)InputsOf(i) + 1));
            return count;
        }
    }

    /// <summary>Like <see cref="ParameterCount"/>, without the biases of layers that train none.</summary>
    public long TrainedParameterCount => ParameterCount - Layers.Where(l => !l.Bias).Sum(l => (long)l.Units);
}
