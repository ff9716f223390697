namespace NeuralService.Engine;

/// <summary>Gradient descent in batches: forward pass, backpropagation, regularisation, clipping, optimizer step (lecture S34).</summary>
internal sealed class GradientDescent : IEpochRunner
{
    // A larger batch is taken in parts of so many rows, whose gradients are added in order: memory does not grow with the batch, and a sum of hundreds of
    // thousands of rows does not lose the digits that one long chain of float32 additions would.
    private const int PartRows = 1024;

    private readonly Network _network;
    private readonly Samples _samples;
    private readonly TrainingOptions _options;
    private readonly bool _measures;
    private readonly BatchPass _pass;
    private readonly Optimizer _optimizer;
    private readonly int _batchRows;
    private readonly float[] _gradient, _part, _inputs, _targets, _weights;
    private readonly bool _drops;
    private double _loss;
    private long _right;

    /// <param name="network">Changed in place.</param>
    /// <param name="samples">Rows to learn from.</param>
    /// <param name="options">How.</param>
    /// <param name="measures">Whether loss and accuracy of the batches are wanted.</param>
    public GradientDescent(Network network, Samples samples, TrainingOptions options, bool measures)
    {
        (_network, _samples, _options, _measures) = (network, samples, options, measures);
        _batchRows = Math.Min(options.BatchSize ?? samples.Rows, samples.Rows);
        int rows = Math.Min(_batchRows, PartRows);
        _pass = new BatchPass(network, rows);
        _optimizer = new Optimizer(options.Optimizer, network.Parameters.Length);
        _gradient = new float[network.Parameters.Length];
        _part = _batchRows > rows ? new float[network.Parameters.Length] : _gradient;
        _inputs = new float[rows * samples.InputSize];
        _targets = new float[rows * samples.OutputSize];
        _weights = new float[samples.Weights is null ? 0 : rows];
        _drops = network.Definition.Layers.Any(l => l.Dropout > 0);
    }

    public bool HasConverged => false;

    public EpochFigures RunEpoch(ReadOnlySpan<int> order, int epoch, double learningRate, CancellationToken cancellation)
    {
        double norm = 0;
        (_loss, _right) = (0, 0);
        for (int first = 0; first < order.Length && !cancellation.IsCancellationRequested; first += _batchRows)
        {
            var rows = order.Slice(first, Math.Min(_batchRows, order.Length - first));
            bool last = first + rows.Length == order.Length;
            ComputeGradient(rows, epoch, first);
            AddRegularization();
            if (last || _options.MaxGradientNorm is not null) norm = Norm(_gradient);
            if (norm > _options.MaxGradientNorm) Scale(_gradient, (float)(_options.MaxGradientNorm.Value / norm));
            _optimizer.Step(_network.Parameters, _gradient, learningRate);
        }

        return new EpochFigures(_loss / order.Length, (double)_right / order.Length, norm);
    }

    public void Finish()
    {
        // The weights of the last step are the ones to keep.
    }

    private void ComputeGradient(ReadOnlySpan<int> batch, int epoch, int first)
    {
        if (_part != _gradient) Array.Clear(_gradient);
        for (int start = 0; start < batch.Length; start += _pass.MaxRows)
        {
            var rows = batch.Slice(start, Math.Min(_pass.MaxRows, batch.Length - start));
            ComputePart(rows, batch.Length, epoch, first + start);
            if (_part == _gradient) continue;
            for (int i = 0; i < _part.Length; i++) _gradient[i] += _part[i];
        }
    }

    private void ComputePart(ReadOnlySpan<int> rows, int batchRows, int epoch, int first)
    {
        _samples.GatherInputs(rows, _inputs);
        _samples.GatherTargets(rows, _targets);
        if (_weights.Length > 0) _samples.GatherWeights(rows, _weights);
        DropoutPosition? dropout = _drops ? new DropoutPosition(_options.Seed, epoch, first) : null;
        _pass.Forward(_inputs, rows.Length, dropout);
        _pass.Backward(_inputs, _targets, _weights, rows.Length, batchRows, dropout, _part);
        if (!_measures) return;
        _loss += _pass.SumOfLosses(_targets, rows.Length);
        if (_options.Classifies) _right += CountRight(rows.Length);
    }

    // ∂/∂w of l1·Σ|w| + ½·l2·Σw² is l1·sign(w) + l2·w, with sign(0) = 0.
    private void AddRegularization()
    {
        if (_options is { L1: 0, L2: 0 }) return;
        float l1 = (float)_options.L1, l2 = (float)_options.L2;
        for (int layer = 0; layer < _network.Definition.Layers.Count; layer++)
        {
            var w = _network.Weights(layer);
            var dW = _network.WeightsOf(_gradient, layer);
            for (int i = 0; i < w.Length; i++) dW[i] += (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0) + l2 * w[i];
        }
    }

    private int CountRight(int rows)
    {
        int outputs = _samples.OutputSize, right = 0;
        bool softmax = _network.Definition.Output.Activation == Activation.Softmax;
        for (int at = 0; at < rows * outputs; at += outputs)
        {
            if (Evaluator.IsRight(_pass.Outputs.AsSpan(at, outputs), _targets.AsSpan(at, outputs), softmax)) right++;
        }

        return right;
    }

    private static double Norm(ReadOnlySpan<float> gradient)
    {
        double squares = 0;
        foreach (float g in gradient) squares += (double)g * g;
        return Math.Sqrt(squares);
    }

    private static void Scale(Span<float> gradient, float factor)
    {
        foreach (ref float g in gradient) g *= factor;
    }
}
