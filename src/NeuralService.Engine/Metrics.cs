namespace NeuralService.Engine;

/// <summary>What a network is worth on some rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Loss">Mean loss, without regularisation; infinite where the baseline gives a class that occurs the probability 0.</param>
/// <param name="Accuracy">Share of rows classified rightly (several sigmoid outputs: with every output right); null for a regression.</param>
/// <param name="Rmse">Root of the mean squared error over all values, in the target's unit; null for a classifier.</param>
/// <param name="Mae">Mean absolute error over all values, in the target's unit; null for a classifier.</param>
/// <param name="R2">1 − Σ(y − ŷ)² / Σ(y − mean y)², the mean over the targets; null for a classifier, or where a target does not vary.</param>
public sealed record Metrics(int Rows, double Loss, double? Accuracy, double? Rmse, double? Mae, double? R2);

/// <summary>Measures networks, and the trivial models beside them.</summary>
public static class Evaluator
{
    private const int BatchRows = 256;

    /// <summary>Metrics of a network on some rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">The rows.</param>
    /// <param name="classifies">Whether accuracy means something, or RMSE, MAE and R² do.</param>
    /// <param name="targetScales">What one unit of each network output is in the target's own unit; null for 1.</param>
    public static Metrics Evaluate(Network network, Samples samples, bool classifies, IReadOnlyList<double>? targetScales = null)
    {
        var packed = new PackedNetwork(new PackedLayout(network.Definition), trains: false);
        packed.Load(network.Parameters);
        var pass = new BatchPass(packed, Math.Min(BatchRows, Math.Max(1, samples.Rows)), trains: false);
        var sums = new Sums(samples.OutputSize, classifies, network.Definition.Output.Activation == Activation.Softmax, targetScales);
        float[] output = new float[samples.OutputSize], target = new float[samples.OutputSize];
        foreach (var data in samples.Pieces())
        {
            for (int first = 0; first < data.Rows; first += pass.MaxRows)
            {
                int count = Math.Min(pass.MaxRows, data.Rows - first);
                pass.Begin(data, first, count);
                pass.Forward(0, count);
                pass.Measure(0, count, classifies: false);
                sums.Loss += pass.Loss;
                for (int i = 0; i < count; i++)
                {
                    data.CopyTarget(first + i, target);
                    sums.Add(pass.Activations.Outputs.CopyRow(i, output), target);
                }
            }
        }

        return sums.ToMetrics(samples.Rows);
    }

    /// <summary>Metrics of the trivial model: it always answers the training targets' mean, which for classes is their shares, the largest class in front.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="output">The output layer.</param>
    /// <param name="training">The rows that the mean is taken of.</param>
    /// <param name="samples">The rows to measure on.</param>
    /// <param name="classifies">As in <see cref="Evaluate"/>.</param>
    /// <param name="targetScales">As in <see cref="Evaluate"/>.</param>
    public static Metrics Baseline(
        Loss loss, LayerDefinition output, Samples training, Samples samples, bool classifies, IReadOnlyList<double>? targetScales = null)
    {
        int outputs = samples.OutputSize;
        var answer = new float[outputs];
        var target = new float[outputs];
        var mean = new double[outputs];
        foreach (var data in training.Pieces())
        {
            for (int row = 0; row < data.Rows; row++)
            {
                data.CopyTarget(row, target);
                for (int k = 0; k < outputs; k++) mean[k] += target[k];
            }
        }

        for (int k = 0; k < outputs; k++) answer[k] = (float)(mean[k] / training.Rows);
        if (loss == Loss.Perceptron) answer[0] = answer[0] >= 0.5f ? 1 : 0;

        var sums = new Sums(outputs, classifies, output.Activation == Activation.Softmax, targetScales);
        foreach (var data in samples.Pieces())
        {
            for (int row = 0; row < data.Rows; row++)
            {
                data.CopyTarget(row, target);
                for (int k = 0; k < outputs; k++) sums.Loss += OfValue(loss, answer[k], target[k]);
                sums.Add(answer, target);
            }
        }

        return sums.ToMetrics(samples.Rows);
    }

    /// <summary>l1·Σ|w| + ½·l2·Σw² over the weights of a network.</summary>
    public static double RegularizationLoss(Network network, double l1, double l2)
    {
        double sum = 0;
        for (int layer = 0; layer < network.Definition.Layers.Count; layer++)
        {
            foreach (float w in network.Weights(layer)) sum += l1 * Math.Abs((double)w) + l2 / 2 * w * w;
        }

        return sum;
    }

    /// <summary>Whether a row is classified rightly: the largest output is the class (softmax), or every output is on the right side of ½ (equality counts as 1, lecture S39).</summary>
    internal static bool IsRight(ReadOnlySpan<float> output, ReadOnlySpan<float> target, bool softmax)
    {
        if (softmax) return IndexOfMax(output) == IndexOfMax(target);
        for (int k = 0; k < output.Length; k++)
        {
            if (output[k] >= 0.5f != target[k] >= 0.5f) return false;
        }

        return true;
    }

    /// <summary>Index of the largest value, the first of equal ones.</summary>
    public static int IndexOfMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int k = 1; k < values.Length; k++)
        {
            if (values[k] > values[best]) best = k;
        }

        return best;
    }

    private static double OfValue(Loss loss, double p, double y) => loss switch
    {
        Loss.CrossEntropy => y == 0 ? 0 : -y * Elementary.Log(p),
        Loss.BinaryCrossEntropy => (y == 0 ? 0 : -y * Elementary.Log(p)) - (y == 1 ? 0 : (1 - y) * Elementary.Log(1 - p)),
        Loss.Perceptron => p == y ? 0 : 1,
        _ => (p - y) * (p - y) / 2,
    };

    private sealed class Sums(int outputs, bool classifies, bool softmax, IReadOnlyList<double>? scales)
    {
        private readonly double[] _squares = new double[outputs], _mean = new double[outputs], _spread = new double[outputs];
        private double _absolute;
        private long _right;
        private int _rows;

        public double Loss { get; set; }

        public void Add(ReadOnlySpan<float> output, ReadOnlySpan<float> target)
        {
            _rows++;
            if (classifies)
            {
                if (IsRight(output, target, softmax)) _right++;
                return;
            }

            for (int k = 0; k < outputs; k++)
            {
                double scale = scales?[k] ?? 1, error = scale * ((double)output[k] - target[k]), value = scale * target[k];
                _squares[k] += error * error;
                _absolute += Math.Abs(error);
                double step = value - _mean[k]; // Welford's running mean and sum of squares
                _mean[k] += step / _rows;
                _spread[k] += step * (value - _mean[k]);
            }
        }

        public Metrics ToMetrics(int rows)
        {
            if (classifies) return new Metrics(rows, Loss / rows, (double)_right / rows, null, null, null);
            double values = (double)rows * outputs, r2 = 0;
            for (int k = 0; k < outputs; k++) r2 += (1 - _squares[k] / _spread[k]) / outputs;
            return new Metrics(rows, Loss / rows, null, Math.Sqrt(_squares.Sum() / values), _absolute / values, double.IsFinite(r2) ? r2 : null);
        }
    }
}
