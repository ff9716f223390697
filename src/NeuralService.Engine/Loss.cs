namespace NeuralService.Engine;

/// <summary>What training makes small, over the m rows of a batch; logarithms are natural.</summary>
public enum Loss
{
    /// <summary>L = −1/m Σ Σk y[k] ln p[k], with softmax (lecture S37).</summary>
    CrossEntropy,

    /// <summary>L = −1/m Σ Σk (y[k] ln p[k] + (1 − y[k]) ln(1 − p[k])), with sigmoid (lecture S43).</summary>
    BinaryCrossEntropy,

    /// <summary>L = 1/(2m) Σ ‖ŷ − y‖², with any activation (lecture S35).</summary>
    SquaredError,

    /// <summary>The share of rows classified wrongly, with one step unit; in place of its gradient, (ŷ − y)·x (lecture S02).</summary>
    Perceptron,
}

/// <summary>A loss owns the δ = ∂L/∂z of the output layer, so that what cancels between loss and activation is cancelled on paper (design law 5).</summary>
internal static class Losses
{
    /// <summary>Loss of one row (before the mean over rows), from the logits, so that it stays finite when a probability underflows.</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="z">Pre-activations of the output layer, shape [units].</param>
    /// <param name="a">Activations of the output layer, shape [units].</param>
    /// <param name="y">Targets, shape [units].</param>
    public static double OfRow(Loss loss, ReadOnlySpan<float> z, ReadOnlySpan<float> a, ReadOnlySpan<float> y) => loss switch
    {
        Loss.CrossEntropy => CrossEntropy(z, y),
        Loss.BinaryCrossEntropy => BinaryCrossEntropy(z, y),
        Loss.SquaredError => HalfSquaredDistance(a, y),
        Loss.Perceptron => a.SequenceEqual(y) ? 0 : 1,
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "Unknown loss."),
    };

    /// <summary>δ of one row, times <paramref name="scale"/> (1/m, or the row's weight over m).</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="output">The output layer.</param>
    /// <param name="a">Activations of the output layer, shape [units].</param>
    /// <param name="y">Targets, shape [units].</param>
    /// <param name="scale">Factor on the row.</param>
    /// <param name="delta">Receives scale·∂L/∂z, shape [units].</param>
    public static void OutputDelta(Loss loss, LayerDefinition output, ReadOnlySpan<float> a, ReadOnlySpan<float> y, float scale, Span<float> delta)
    {
        // Softmax with cross-entropy, sigmoid with binary cross-entropy: the derivative of the activation cancels, p − y remains (lecture S43, S44).
        // The perceptron rule has the same form, with ŷ the step (lecture S02). Squared error starts from ∂L/∂a = ŷ − y.
        for (int k = 0; k < delta.Length; k++) delta[k] = scale * (a[k] - y[k]);
        if (loss != Loss.SquaredError) return;
        if (output.Activation == Activation.Softmax) MultiplyBySoftmaxJacobian(a, delta);
        else ActivationFunctions.MultiplyByDerivative(output, a, delta);
    }

    // −Σ y[k] ln p[k] = Σ y[k]·(ln Σj e^(z[j] − max) − (z[k] − max)).
    private static double CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> y)
    {
        double max = double.NegativeInfinity, sum = 0, loss = 0;
        foreach (float v in z) max = Math.Max(max, v);
        foreach (float v in z) sum += Elementary.Exp(v - max);
        double logSum = Elementary.Log(sum);
        for (int k = 0; k < z.Length; k++)
        {
            if (y[k] != 0) loss += y[k] * (logSum - (z[k] - max));
        }

        return loss;
    }

    // −y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − y·z.
    private static double BinaryCrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> y)
    {
        double loss = 0;
        for (int k = 0; k < z.Length; k++)
            loss += y[k] >= 0.5f ? Elementary.LogOnePlusExp(-z[k]) + (1 - (double)y[k]) * z[k] : Elementary.LogOnePlusExp(z[k]) - (double)y[k] * z[k];
        return loss;
    }

    private static double HalfSquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            double difference = (double)a[k] - y[k];
            sum += difference * difference;
        }

        return sum / 2;
    }

    // ∂p[j]/∂z[k] = p[j]·([j = k] − p[k]), so δ[k] = p[k]·(g[k] − Σj p[j]·g[j]) with g = ∂L/∂p.
    private static void MultiplyBySoftmaxJacobian(ReadOnlySpan<float> p, Span<float> gradient)
    {
        float dot = 0;
        for (int j = 0; j < p.Length; j++) dot = MathF.FusedMultiplyAdd(p[j], gradient[j], dot);
        for (int k = 0; k < p.Length; k++) gradient[k] = p[k] * (gradient[k] - dot);
    }
}
