namespace NeuralService.Engine;

/// <summary>Activation function σ of a layer: a = σ(z).</summary>
public enum Activation
{
    /// <summary>a = z.</summary>
    Linear,

    /// <summary>a = 1 where z ≥ 0, else 0.</summary>
    Step,

    /// <summary>a = 1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>a = tanh z.</summary>
    Tanh,

    /// <summary>a = max(0, z).</summary>
    Relu,

    /// <summary>a = z where z > 0, else negativeSlope·z.</summary>
    LeakyRelu,

    /// <summary>a[k] = e^z[k] / Σ e^z[j]; last layer only.</summary>
    Softmax,
}
