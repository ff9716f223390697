namespace NeuralService.Engine;

/// <summary>Activation function a = g(z) of a layer.</summary>
public enum Activation
{
    /// <summary>a = z.</summary>
    Linear,

    /// <summary>a = 1 if z ≥ 0, else 0: the classical perceptron (lecture S01). Its derivative is 0 everywhere.</summary>
    Step,

    /// <summary>a = 1 / (1 + e^−z) (lecture S08).</summary>
    Sigmoid,

    /// <summary>a = tanh z (lecture S10).</summary>
    Tanh,

    /// <summary>a = max(0, z) (lecture S11).</summary>
    Relu,

    /// <summary>a = z if z &gt; 0, else negativeSlope·z (lecture S11).</summary>
    LeakyRelu,

    /// <summary>a[j] = e^z[j] / Σk e^z[k] over the units of the layer (lecture S40); last layer only.</summary>
    Softmax,
}
