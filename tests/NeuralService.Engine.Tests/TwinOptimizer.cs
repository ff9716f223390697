namespace NeuralService.Engine.Tests;

/// <summary>The update formulas as PyTorch's documentation states them, in double, one parameter at a time.</summary>
internal sealed class TwinOptimizer(OptimizerSettings s)
{
    private readonly Dictionary<int, (double B, double M, double V)> _state = [];
    private int _t;

    public void Step(double[] w, double[] g, double rate)
    {
        _t++;
        for (int i = 0; i < w.Length; i++) w[i] = Next(i, w[i], g[i], rate);
    }

    private double Next(int i, double w, double g, double rate)
    {
        var (b, m, v) = _state.GetValueOrDefault(i);
        if (s.Type != OptimizerType.AdamW) g += s.WeightDecay * w;
        switch (s.Type)
        {
            case OptimizerType.Sgd:
                b = _t == 1 ? g : s.Momentum * b + g;
                w -= rate * (s.Momentum == 0 ? g : s.Nesterov ? g + s.Momentum * b : b);
                break;
            case OptimizerType.RmsProp:
                v = s.Alpha * v + (1 - s.Alpha) * g * g;
                m = s.Alpha * m + (1 - s.Alpha) * g;
                double root = Math.Sqrt(s.Centered ? v - m * m : v);
                b = s.Momentum * b + g / (root + s.Epsilon);
                w -= rate * b;
                break;
            default:
                if (s.Type == OptimizerType.AdamW) w *= 1 - rate * s.WeightDecay;
                m = s.Beta1 * m + (1 - s.Beta1) * g;
                v = s.Beta2 * v + (1 - s.Beta2) * g * g;
                w -= rate / (1 - Math.Pow(s.Beta1, _t)) * m / (Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(s.Beta2, _t)) + s.Epsilon);
                break;
        }

        _state[i] = (b, m, v);
        return w;
    }
}
