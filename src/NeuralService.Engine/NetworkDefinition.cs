namespace NeuralService.Engine;

/// <summary>How the weights of a layer start; biases start at 0.</summary>
public enum Initializer
{
    /// <summary>He for the ReLU family, Glorot else.</summary>
    Auto,

    /// <summary>Uniform on ±√(6 / (inputs + units)).</summary>
    GlorotUniform,

    /// <summary>Normal with variance 2 / (inputs + units).</summary>
    GlorotNormal,

    /// <summary>Uniform on ±√(6 / inputs).</summary>
    HeUniform,

    /// <summary>Normal with variance 2 / inputs.</summary>
    HeNormal,

    /// <summary>Uniform on ±1/√inputs.</summary>
    Uniform,

    /// <summary>All zero.</summary>
    Zeros,
}

/// <summary>One dense layer: a = σ(W·x + b), W of shape [Units, Inputs], b of shape [Units].</summary>
public sealed record LayerDefinition(
    int Units, Activation Activation, double NegativeSlope = 0.01, Initializer Initializer = Initializer.Auto, double Dropout = 0, bool Bias = true);

/// <summary>A network with every size known.</summary>
public sealed record NetworkDefinition(int InputSize, IReadOnlyList<LayerDefinition> Layers, Loss Loss);
