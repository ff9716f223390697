namespace NeuralService.Engine;

/// <summary>Weights and biases of one layer in double, as a caller states them.</summary>
/// <param name="Weights">Shape [units][inputs]; row j holds the weights into unit j.</param>
/// <param name="Biases">Shape [units].</param>
public sealed record LayerParameters(double[][] Weights, double[] Biases)
{
    /// <summary>The parameters of a network, widened to double.</summary>
    public static LayerParameters[] Of(Network network) =>
        [.. network.Definition.Layers.Select((layer, i) =>
        {
            int inputs = network.Definition.InputsOf(i);
            double[] all = [.. network.Weights(i).ToArray().Select(w => (double)w)];
            return new LayerParameters(
                [.. Enumerable.Range(0, layer.Units).Select(j => all[(j * inputs)..((j + 1) * inputs)])],
                [.. network.Biases(i).ToArray().Select(b => (double)b)]);
        })];
}

/// <summary>What backpropagation computes in one layer for one sample.</summary>
/// <param name="Z">z = W·a + b of the layer below's a, shape [units].</param>
/// <param name="A">a = g(z), shape [units].</param>
/// <param name="Delta">δ = ∂L/∂z, shape [units].</param>
/// <param name="WeightGradients">∂L/∂W, shape [units][inputs].</param>
/// <param name="BiasGradients">∂L/∂b, shape [units].</param>
public sealed record LayerTrace(double[] Z, double[] A, double[] Delta, double[][] WeightGradients, double[] BiasGradients);

/// <summary>Forward pass and backpropagation of one sample, in double, with everything that the lecture computes by hand (S28, S43 to S48).</summary>
/// <param name="Layers">The layers, first to last.</param>
/// <param name="Loss">Loss of the sample, m = 1.</param>
public sealed record Trace(LayerTrace[] Layers, double Loss)
{
    /// <summary>Computes the trace of one sample; no dropout, no regularisation.</summary>
    /// <param name="definition">The network.</param>
    /// <param name="parameters">Its parameters, one entry a layer.</param>
    /// <param name="input">Shape [inputs].</param>
    /// <param name="target">Shape [outputs].</param>
    public static Trace Of(NetworkDefinition definition, IReadOnlyList<LayerParameters> parameters, double[] input, double[] target)
    {
        int last = definition.Layers.Count - 1;
        var (z, a) = Forward(definition, parameters, input);
        var layers = new LayerTrace[last + 1];
        double[] delta = OutputDelta(definition, z[last], a[last], target);
        for (int i = last; i >= 0; i--)
        {
            double[] below = i == 0 ? input : a[i - 1];
            double[][] dW = [.. delta.Select(d => Array.ConvertAll(below, x => d * x))];
            layers[i] = new LayerTrace(z[i], a[i], delta, dW, definition.Layers[i].Bias ? [.. delta] : new double[delta.Length]);
            if (i > 0) delta = Backward(definition.Layers[i - 1], parameters[i].Weights, delta, z[i - 1], a[i - 1]);
        }

        return new Trace(layers, LossOf(definition, z[last], a[last], target));
    }

    /// <summary>Outputs of the network for one sample.</summary>
    public double[] Output => Layers[^1].A;

    /// <summary>Mean loss over some samples.</summary>
    internal static double MeanLoss(NetworkDefinition definition, IReadOnlyList<LayerParameters> parameters, double[][] inputs, double[][] targets)
    {
        double sum = 0;
        for (int row = 0; row < inputs.Length; row++)
        {
            var (z, a) = Forward(definition, parameters, inputs[row]);
            sum += LossOf(definition, z[^1], a[^1], targets[row]);
        }

        return sum / inputs.Length;
    }

    private static (double[][] Z, double[][] A) Forward(NetworkDefinition definition, IReadOnlyList<LayerParameters> parameters, double[] input)
    {
        var z = new double[definition.Layers.Count][];
        var a = new double[definition.Layers.Count][];
        double[] x = input;
        for (int i = 0; i < z.Length; i++)
        {
            var (weights, biases) = parameters[i];
            z[i] = new double[biases.Length];
            for (int j = 0; j < biases.Length; j++)
            {
                z[i][j] = biases[j];
                for (int k = 0; k < x.Length; k++) z[i][j] += weights[j][k] * x[k];
            }

            x = a[i] = Activate(definition.Layers[i], z[i]);
        }

        return (z, a);
    }

    private static double[] Activate(LayerDefinition layer, double[] z)
    {
        if (layer.Activation == Activation.Softmax)
        {
            double max = z.Max();
            double[] e = Array.ConvertAll(z, v => Elementary.Exp(v - max));
            double sum = e.Sum();
            return Array.ConvertAll(e, v => v / sum);
        }

        return Array.ConvertAll(z, v => layer.Activation switch
        {
            Activation.Step => v >= 0 ? 1 : 0,
            Activation.Sigmoid => Elementary.Sigmoid(v),
            Activation.Tanh => Elementary.Tanh(v),
            Activation.Relu => Math.Max(0, v),
            Activation.LeakyRelu => v > 0 ? v : layer.NegativeSlope * v,
            _ => v,
        });
    }

    private static double Derivative(LayerDefinition layer, double z, double a) => layer.Activation switch
    {
        Activation.Step => 0,
        Activation.Sigmoid => a * (1 - a),
        Activation.Tanh => 1 - a * a,
        Activation.Relu => z > 0 ? 1 : 0,
        Activation.LeakyRelu => z > 0 ? 1 : layer.NegativeSlope,
        _ => 1,
    };

    private static double[] OutputDelta(NetworkDefinition definition, double[] z, double[] a, double[] y)
    {
        double[] difference = [.. a.Zip(y, (ak, yk) => ak - yk)];
        if (definition.Loss != Engine.Loss.SquaredError) return difference;
        if (definition.Output.Activation == Activation.Softmax)
        {
            double dot = a.Zip(difference, (p, g) => p * g).Sum();
            return [.. a.Zip(difference, (p, g) => p * (g - dot))];
        }

        return [.. difference.Select((g, k) => g * Derivative(definition.Output, z[k], a[k]))];
    }

    // δ[below] = (Wᵀ·δ) ⊙ g'(z[below]).
    private static double[] Backward(LayerDefinition below, double[][] weights, double[] delta, double[] z, double[] a)
    {
        var result = new double[z.Length];
        for (int k = 0; k < result.Length; k++)
        {
            for (int j = 0; j < delta.Length; j++) result[k] += weights[j][k] * delta[j];
            result[k] *= Derivative(below, z[k], a[k]);
        }

        return result;
    }

    private static double LossOf(NetworkDefinition definition, double[] z, double[] a, double[] y)
    {
        switch (definition.Loss)
        {
            case Engine.Loss.CrossEntropy:
                double max = z.Max(), logSum = Elementary.Log(z.Sum(v => Elementary.Exp(v - max)));
                return z.Zip(y, (zk, yk) => yk == 0 ? 0 : yk * (logSum - (zk - max))).Sum();
            case Engine.Loss.BinaryCrossEntropy:
                return z.Zip(y, (zk, yk) => yk * Elementary.LogOnePlusExp(-zk) + (1 - yk) * Elementary.LogOnePlusExp(zk)).Sum();
            case Engine.Loss.Perceptron:
                return a.SequenceEqual(y) ? 0 : 1;
            default:
                return a.Zip(y, (ak, yk) => (ak - yk) * (ak - yk)).Sum() / 2;
        }
    }
}
