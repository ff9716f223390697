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

/// <summary>The activation functions over a batch, and their derivatives.</summary>
internal static class Activations
{
    /// <summary>Replaces the pre-activations z by the activations a.</summary>
    /// <param name="layer">The layer that the values belong to.</param>
    /// <param name="values">z on entry, a on return, shape [rows, units].</param>
    public static void Apply(LayerDefinition layer, Span<float> values)
    {
        switch (layer.Activation)
        {
            case Activation.Linear:
                break;
            case Activation.Step:
                foreach (ref float v in values) v = v >= 0 ? 1 : 0;
                break;
            case Activation.Sigmoid:
                foreach (ref float v in values) v = (float)Elementary.Sigmoid(v);
                break;
            case Activation.Tanh:
                foreach (ref float v in values) v = (float)Elementary.Tanh(v);
                break;
            case Activation.Relu:
                foreach (ref float v in values) v = v <= 0 ? 0 : v; // so asked, NaN stays NaN and a diverged training is seen
                break;
            case Activation.LeakyRelu:
                float slope = (float)layer.NegativeSlope;
                foreach (ref float v in values) v = v > 0 ? v : slope * v;
                break;
            case Activation.Softmax:
                for (int start = 0; start < values.Length; start += layer.Units) Softmax(values.Slice(start, layer.Units));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(layer), layer.Activation, "Unknown activation.");
        }
    }

    /// <summary>Multiplies ∂L/∂a by g'(z), element by element, which gives δ = ∂L/∂z (lecture S44).</summary>
    /// <param name="layer">A layer whose activation works on each unit alone: not softmax.</param>
    /// <param name="activations">a, from which every derivative here can be told, shape [rows, units].</param>
    /// <param name="gradient">∂L/∂a on entry, δ on return, shape [rows, units].</param>
    /// <remarks>relu'(0) = 0 and leakyRelu'(0) = negativeSlope, as PyTorch and scikit-learn have it; the slide draws 1 (lecture S11).</remarks>
    public static void MultiplyByDerivative(LayerDefinition layer, ReadOnlySpan<float> activations, Span<float> gradient)
    {
        switch (layer.Activation)
        {
            case Activation.Linear:
                break;
            case Activation.Step:
                gradient.Clear();
                break;
            case Activation.Sigmoid:
                for (int i = 0; i < gradient.Length; i++) gradient[i] *= activations[i] * (1 - activations[i]);
                break;
            case Activation.Tanh:
                for (int i = 0; i < gradient.Length; i++) gradient[i] *= 1 - activations[i] * activations[i];
                break;
            case Activation.Relu:
                for (int i = 0; i < gradient.Length; i++) gradient[i] = activations[i] > 0 ? gradient[i] : 0;
                break;
            case Activation.LeakyRelu:
                float slope = (float)layer.NegativeSlope;
                for (int i = 0; i < gradient.Length; i++) gradient[i] = activations[i] > 0 ? gradient[i] : slope * gradient[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(layer), layer.Activation, "Not an activation of single units.");
        }
    }

    /// <summary>Softmax with the largest logit subtracted first, so that nothing overflows (lecture S41).</summary>
    private static void Softmax(Span<float> z)
    {
        float max = float.NegativeInfinity;
        foreach (float v in z) max = MathF.Max(max, v);
        double sum = 0;
        foreach (float v in z) sum += Elementary.Exp((double)v - max);
        foreach (ref float v in z) v = (float)(Elementary.Exp((double)v - max) / sum);
    }
}
