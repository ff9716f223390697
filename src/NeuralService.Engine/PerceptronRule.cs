namespace NeuralService.Engine;

/// <summary>
/// The perceptron learning rule (Rosenblatt 1958; lecture S02), row by row: where the unit should fire and does not, w += η·x; where it should not and does,
/// w −= η·x; the bias goes along as the weight of a constant 1. The best weights after any update are kept in the pocket (Gallant 1990), because on rows that
/// no line separates the rule never rests (lecture S05).
/// </summary>
internal sealed class PerceptronRule : IEpochRunner
{
    private readonly Network _network;
    private readonly PackedNetwork _packed;
    private readonly Samples _samples;
    private readonly float[] _pocket;
    private int _pocketErrors;
    private float _rate;

    /// <param name="network">Changed in place.</param>
    /// <param name="packed">Brought up to date after each epoch.</param>
    /// <param name="samples">Rows to learn from, in memory.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public PerceptronRule(Network network, PackedNetwork packed, Samples samples)
    {
        if (samples.IsStreamed) throw new ArgumentException("The perceptron rule goes through all rows after every mistake; they must lie in memory.", nameof(samples));
        (_network, _packed, _samples) = (network, packed, samples);
        _pocket = [.. network.Parameters];
        _pocketErrors = CountErrors(int.MaxValue);
    }

    /// <summary>At an epoch's end no row is classified wrongly.</summary>
    public bool HasConverged { get; private set; }

    public void Begin(int epoch, double learningRate) => _rate = (float)learningRate;

    public void Run(in EpochBlock block, CancellationToken cancellation)
    {
        bool trainsBias = _network.Definition.Output.Bias;
        Span<float> target = stackalloc float[1];
        foreach (int row in block.Order)
        {
            if (cancellation.IsCancellationRequested) break;
            _samples.CopyTarget(row, target);
            var x = _samples.Inputs.AsSpan(row * _samples.InputSize, _samples.InputSize);
            bool fires = Fires(x);
            if (fires == target[0] >= 0.5f) continue;

            float step = fires ? -_rate : _rate;
            var w = _network.Weights(0);
            for (int i = 0; i < w.Length; i++) w[i] += step * x[i];
            if (trainsBias) _network.Biases(0)[0] += step;
            int errors = CountErrors(_pocketErrors);
            if (errors < _pocketErrors)
            {
                _pocketErrors = errors;
                _network.Parameters.CopyTo(_pocket.AsSpan());
            }
        }
    }

    public EpochFigures End()
    {
        int left = CountErrors(int.MaxValue);
        HasConverged = left == 0;
        _packed.Load(_network.Parameters);
        return new EpochFigures((double)left / _samples.Rows, 1 - (double)left / _samples.Rows, null);
    }

    public void Finish() => _packed.Load(_pocket);

    // By the same chain of fused multiply-adds as the forward pass, so that both agree on rows that lie on the boundary, which belongs to class 1 (lecture S01).
    private bool Fires(ReadOnlySpan<float> x)
    {
        var w = _network.Weights(0);
        float z = _network.Biases(0)[0];
        for (int i = 0; i < w.Length; i++) z = MathF.FusedMultiplyAdd(x[i], w[i], z);
        return z >= 0;
    }

    /// <summary>Rows classified wrongly; stops counting at <paramref name="enough"/>.</summary>
    private int CountErrors(int enough)
    {
        int errors = 0;
        Span<float> target = stackalloc float[1];
        for (int row = 0; row < _samples.Rows && errors < enough; row++)
        {
            _samples.CopyTarget(row, target);
            if (Fires(_samples.Inputs.AsSpan(row * _samples.InputSize, _samples.InputSize)) != target[0] >= 0.5f) errors++;
        }

        return errors;
    }
}
