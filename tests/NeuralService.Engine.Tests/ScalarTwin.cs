namespace NeuralService.Engine.Tests;

/// <summary>
/// A network in double, one unit at a time, written from the lecture's equations and not from the engine's code: derivatives are taken from z by their
/// definitions, and the output delta goes through ∂L/∂ŷ and the whole Jacobian ∂ŷ/∂z, where the engine uses what is left after both have cancelled.
/// </summary>
internal sealed class ScalarTwin(NetworkDefinition net, IEnumerable<double> parameters)
{
    private readonly int[] _starts = [.. net.Layers.Select((_, layer) => Enumerable.Range(0, layer).Sum(l => net.Layers[l].Units * (net.InputsOf(l) + 1)))];

    /// <summary>All parameters: layer by layer, weights row by row, then biases.</summary>
    public double[] Parameters { get; } = [.. parameters];

    public static ScalarTwin Of(Network network) => new(network.Definition, network.Parameters.Select(p => (double)p));

    public int Weight(int layer, int unit, int input) => _starts[layer] + unit * net.InputsOf(layer) + input;

    public int Bias(int layer, int unit) => _starts[layer] + net.Layers[layer].Units * net.InputsOf(layer) + unit;

    /// <summary>z[l] = W[l]·a[l−1] + b[l], a[l] = g(z[l]) (S28); a mask multiplies a (dropout).</summary>
    public (double[][] Z, double[][] A) Forward(double[] x, double[][]? masks = null)
    {
        var z = new double[net.Layers.Count][];
        var a = new double[net.Layers.Count][];
        for (int l = 0; l < z.Length; l++)
        {
            double[] below = l == 0 ? x : a[l - 1];
            z[l] = new double[net.Layers[l].Units];
            for (int j = 0; j < z[l].Length; j++)
            {
                z[l][j] = Parameters[Bias(l, j)];
                for (int k = 0; k < below.Length; k++) z[l][j] += Parameters[Weight(l, j, k)] * below[k];
            }

            a[l] = Activate(net.Layers[l], z[l]);
            for (int j = 0; masks is not null && j < a[l].Length; j++) a[l][j] *= masks[l][j];
        }

        return (z, a);
    }

    public double[] Output(double[] x) => Forward(x).A[^1];

    /// <summary>Loss of one row, with ŷ as it stands in the formulas of S35, S37, S43.</summary>
    public double Loss(double[] x, double[] y)
    {
        double[] p = Output(x);
        return net.Loss switch
        {
            Engine.Loss.CrossEntropy => -p.Zip(y, (pk, yk) => yk * Math.Log(pk)).Sum(),
            Engine.Loss.BinaryCrossEntropy => -p.Zip(y, (pk, yk) => yk * Math.Log(pk) + (1 - yk) * Math.Log(1 - pk)).Sum(),
            Engine.Loss.SquaredError => p.Zip(y, (pk, yk) => (pk - yk) * (pk - yk)).Sum() / 2,
            _ => p.SequenceEqual(y) ? 0 : 1,
        };
    }

    public double MeanLoss(Rows rows) => rows.X.Zip(rows.Y, Loss).Average();

    /// <summary>Adds factor · ∂L/∂parameters of one row to a gradient (S44).</summary>
    public void AddGradient(double[] x, double[] y, double factor, double[][]? masks, double[] gradient)
    {
        var (z, a) = Forward(x, masks);
        int last = net.Layers.Count - 1;
        double[] delta = OutputDelta(z[last], a[last], y);
        for (int l = last; l >= 0; l--)
        {
            double[] below = l == 0 ? x : a[l - 1];
            for (int j = 0; j < delta.Length; j++)
            {
                for (int k = 0; k < below.Length; k++) gradient[Weight(l, j, k)] += factor * delta[j] * below[k];
                if (net.Layers[l].Bias) gradient[Bias(l, j)] += factor * delta[j];
            }

            if (l == 0) break;
            var down = new double[below.Length];
            for (int k = 0; k < down.Length; k++)
            {
                for (int j = 0; j < delta.Length; j++) down[k] += Parameters[Weight(l, j, k)] * delta[j];
                down[k] *= (masks?[l - 1][k] ?? 1) * Derivative(net.Layers[l - 1], z[l - 1][k]);
            }

            delta = down;
        }
    }

    /// <summary>The mean gradient over some rows, each times its weight.</summary>
    public double[] Gradient(Rows rows)
    {
        var gradient = new double[Parameters.Length];
        for (int i = 0; i < rows.X.Length; i++) AddGradient(rows.X[i], rows.Y[i], (rows.Weights?[i] ?? 1) / rows.X.Length, null, gradient);
        return gradient;
    }

    /// <summary>The same gradient by central differences of the loss.</summary>
    public double[] NumericGradient(Rows rows, double h = 1e-6)
    {
        var gradient = new double[Parameters.Length];
        for (int i = 0; i < gradient.Length; i++)
        {
            double value = Parameters[i];
            Parameters[i] = value + h;
            double above = MeanLoss(rows);
            Parameters[i] = value - h;
            double below = MeanLoss(rows);
            Parameters[i] = value;
            gradient[i] = (above - below) / (2 * h);
        }

        return gradient;
    }

    public static double[] Activate(LayerDefinition layer, double[] z) => layer.Activation switch
    {
        Activation.Linear => [.. z],
        Activation.Step => Array.ConvertAll(z, v => v >= 0 ? 1.0 : 0.0),
        Activation.Sigmoid => Array.ConvertAll(z, Sigmoid),
        Activation.Tanh => Array.ConvertAll(z, v => (Math.Exp(v) - Math.Exp(-v)) / (Math.Exp(v) + Math.Exp(-v))),
        Activation.Relu => Array.ConvertAll(z, v => v > 0 ? v : 0),
        Activation.LeakyRelu => Array.ConvertAll(z, v => v > 0 ? v : layer.NegativeSlope * v),
        _ => Array.ConvertAll(z, v => Math.Exp(v) / z.Sum(Math.Exp)),
    };

    /// <summary>g'(z) of the activations that work on each unit alone (S09 to S11).</summary>
    public static double Derivative(LayerDefinition layer, double z) => layer.Activation switch
    {
        Activation.Linear => 1,
        Activation.Step => 0,
        Activation.Sigmoid => Sigmoid(z) * (1 - Sigmoid(z)),
        Activation.Tanh => 1 - Math.Pow(Math.Tanh(z), 2),
        Activation.Relu => z > 0 ? 1 : 0,
        Activation.LeakyRelu => z > 0 ? 1 : layer.NegativeSlope,
        _ => throw new ArgumentOutOfRangeException(nameof(layer)),
    };

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    // δ[k] = Σj ∂L/∂ŷ[j] · ∂ŷ[j]/∂z[k]; the perceptron has no such derivative and puts ŷ − y in its place (S02).
    private double[] OutputDelta(double[] z, double[] p, double[] y)
    {
        if (net.Loss == Engine.Loss.Perceptron) return [.. p.Zip(y, (pk, yk) => pk - yk)];
        double[] slope = [.. p.Zip(y, (pk, yk) => net.Loss switch
        {
            Engine.Loss.CrossEntropy => -yk / pk,
            Engine.Loss.BinaryCrossEntropy => -yk / pk + (1 - yk) / (1 - pk),
            _ => pk - yk,
        })];
        return [.. z.Select((zk, k) => slope.Select((s, j) => s * Jacobian(z, p, j, k)).Sum())];
    }

    private double Jacobian(double[] z, double[] p, int j, int k) =>
        net.Output.Activation == Activation.Softmax ? p[j] * ((j == k ? 1 : 0) - p[k])
        : j == k ? Derivative(net.Output, z[k])
        : 0;
}

/// <summary>Rows of a table, as the twin reads them and as the engine does.</summary>
internal sealed record Rows(double[][] X, double[][] Y, double[]? Weights = null)
{
    public Samples ToSamples() => Samples.WithTargets(
        [.. X.SelectMany(x => x).Select(v => (float)v)], X[0].Length, [.. Y.SelectMany(y => y).Select(v => (float)v)], Y[0].Length,
        Weights is null ? null : [.. Weights.Select(w => (float)w)]);
}
