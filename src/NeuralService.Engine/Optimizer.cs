namespace NeuralService.Engine;

/// <summary>Rule by which a gradient changes the parameters.</summary>
public enum OptimizerType
{
    /// <summary>Gradient descent, with momentum and Nesterov's form of it.</summary>
    Sgd,

    /// <summary>RMSprop (Hinton 2012), plain or centered.</summary>
    RmsProp,

    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    AdamW,

    /// <summary>The perceptron learning rule, row by row (lecture S02); not a gradient method.</summary>
    Perceptron,
}

/// <summary>An optimizer's settings; those that its type does not use are ignored.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Which rule.</summary>
    public OptimizerType Type { get; init; } = OptimizerType.Adam;

    /// <summary>η, before the schedule.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>μ of sgd and rmsProp.</summary>
    public double Momentum { get; init; }

    /// <summary>Nesterov's momentum, for sgd.</summary>
    public bool Nesterov { get; init; }

    /// <summary>α of rmsProp: how much of the mean square is kept in a step.</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>ε of rmsProp, adam and adamW.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Centered rmsProp: divides by the deviation instead of the root mean square.</summary>
    public bool Centered { get; init; }

    /// <summary>β₁ of adam and adamW.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂ of adam and adamW.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>λ: added to the gradient as λ·w (adamW: taken off the weight as η·λ·w), on weights and biases.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>Optimizer steps, by PyTorch's formulas; moments are float32 in the parameters' canonical order.</summary>
internal sealed class Optimizer(OptimizerSettings settings, int parameters)
{
    private readonly float[] _first = UsesFirst(settings) ? new float[parameters] : [];
    private readonly float[] _second = UsesSecond(settings) ? new float[parameters] : [];
    private readonly float[] _mean = settings is { Type: OptimizerType.RmsProp, Centered: true } ? new float[parameters] : [];
    private long _steps;

    /// <summary>One step: w changes by the rule.</summary>
    /// <param name="w">Parameters.</param>
    /// <param name="g">Gradient, of the same shape.</param>
    /// <param name="learningRate">η of this step.</param>
    public void Step(Span<float> w, ReadOnlySpan<float> g, double learningRate)
    {
        _steps++;
        switch (settings.Type)
        {
            case OptimizerType.Sgd: Sgd(w, g, (float)learningRate); break;
            case OptimizerType.RmsProp: RmsProp(w, g, (float)learningRate); break;
            case OptimizerType.Adam: Adam(w, g, learningRate, (float)settings.WeightDecay, keep: 1); break;
            case OptimizerType.AdamW: Adam(w, g, learningRate, 0, keep: (float)(1 - learningRate * settings.WeightDecay)); break;
            default: throw new InvalidOperationException($"{settings.Type} is not a gradient method.");
        }
    }

    // g ← g + λw; b ← μb + g (first step: b = g); w ← w − η·b, with Nesterov w ← w − η·(g + μb).
    private void Sgd(Span<float> w, ReadOnlySpan<float> g, float rate)
    {
        float decay = (float)settings.WeightDecay, momentum = (float)settings.Momentum;
        for (int i = 0; i < w.Length; i++)
        {
            float step = g[i] + decay * w[i];
            if (_first.Length > 0)
            {
                float b = _steps == 1 ? step : momentum * _first[i] + step;
                _first[i] = b;
                step = settings.Nesterov ? step + momentum * b : b;
            }

            w[i] -= rate * step;
        }
    }

    // s ← αs + (1 − α)g²; centered: m ← αm + (1 − α)g and s − m² in place of s; step = g / (√s + ε), with momentum b ← μb + step.
    private void RmsProp(Span<float> w, ReadOnlySpan<float> g, float rate)
    {
        float decay = (float)settings.WeightDecay, alpha = (float)settings.Alpha, rest = (float)(1 - settings.Alpha);
        float epsilon = (float)settings.Epsilon, momentum = (float)settings.Momentum;
        for (int i = 0; i < w.Length; i++)
        {
            float gradient = g[i] + decay * w[i];
            float square = _second[i] = alpha * _second[i] + rest * gradient * gradient;
            if (_mean.Length > 0)
            {
                float mean = _mean[i] = alpha * _mean[i] + rest * gradient;
                square = MathF.Max(0, square - mean * mean); // rounding may make it a little negative
            }

            float step = gradient / (MathF.Sqrt(square) + epsilon);
            if (_first.Length > 0) step = _first[i] = momentum * _first[i] + step;
            w[i] -= rate * step;
        }
    }

    // m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).
    private void Adam(Span<float> w, ReadOnlySpan<float> g, double rate, float decay, float keep)
    {
        float beta1 = (float)settings.Beta1, rest1 = (float)(1 - settings.Beta1), beta2 = (float)settings.Beta2, rest2 = (float)(1 - settings.Beta2);
        float step = (float)(rate / (1 - Elementary.Power(settings.Beta1, _steps)));
        float root = (float)Math.Sqrt(1 - Elementary.Power(settings.Beta2, _steps)), epsilon = (float)settings.Epsilon;
        for (int i = 0; i < w.Length; i++)
        {
            float gradient = g[i] + decay * w[i];
            float m = _first[i] = beta1 * _first[i] + rest1 * gradient;
            float v = _second[i] = beta2 * _second[i] + rest2 * gradient * gradient;
            w[i] = keep * w[i] - step * m / (MathF.Sqrt(v) / root + epsilon);
        }
    }

    private static bool UsesFirst(OptimizerSettings s) => s.Type is OptimizerType.Adam or OptimizerType.AdamW || s.Momentum != 0;

    private static bool UsesSecond(OptimizerSettings s) => s.Type is OptimizerType.RmsProp or OptimizerType.Adam or OptimizerType.AdamW;
}
