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

/// <summary>Losses of one row (before the mean over rows) over some of its outputs, from the logits z, so that they stay finite when a probability underflows.</summary>
internal static class Losses
{
    /// <summary>−Σ y[k] ln p[k] = Σ y[k]·(ln Σj e^(z[j] − max) − (z[k] − max)).</summary>
    /// <param name="z">Logits.</param>
    /// <param name="y">Targets.</param>
    /// <param name="max">Largest logit of the row.</param>
    /// <param name="logSum">ln Σ e^(z − max) of the row.</param>
    public static double CrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> y, double max, double logSum)
    {
        double loss = 0;
        for (int k = 0; k < z.Length; k++)
        {
            if (y[k] != 0) loss += y[k] * (logSum - (z[k] - max));
        }

        return loss;
    }

    /// <summary>−y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − y·z.</summary>
    public static double BinaryCrossEntropy(ReadOnlySpan<float> z, ReadOnlySpan<float> y)
    {
        double loss = 0;
        for (int k = 0; k < z.Length; k++)
            loss += y[k] >= 0.5f ? Elementary.LogOnePlusExp(-z[k]) + (1 - (double)y[k]) * z[k] : Elementary.LogOnePlusExp(z[k]) - (double)y[k] * z[k];
        return loss;
    }

    /// <summary>½ ‖a − y‖².</summary>
    public static double HalfSquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            double difference = (double)a[k] - y[k];
            sum += difference * difference;
        }

        return sum / 2;
    }
}
