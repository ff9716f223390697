namespace NeuralService.Engine;

/// <summary>Gradient descent in batches: forward pass, backpropagation, regularisation, clipping, optimizer step (lecture S34).</summary>
/// <remarks>
/// A step has two phases. In the first, pieces are some rows of the batch, taken through all layers and back. In the second, they are some weights of a layer:
/// their gradient, and, where nothing needs the whole gradient first, their optimizer step at once, while all of it lies in the cache.
/// </remarks>
internal sealed class GradientDescent : IEpochRunner
{
    // A larger batch is taken in parts of so many rows, whose gradients are added in order: memory does not grow with the batch, and a sum of hundreds of
    // thousands of rows does not lose the digits that one long chain of float32 additions would.
    private const int PartRows = 1024;

    // Weights of one piece: their gradient and moments fit the first-level cache.
    private const int PieceRows = 128;

    // From so many parameters on, weights do not stay in the second-level cache: more rows of the batch go through them at a time.
    private const int LargeNetwork = 65_536;

    // Up to so many parameters an optimizer step over all of them at once costs less than its division into pieces.
    private const int TinyNetwork = 2048;

    // Below so many multiplications a step is over before a second thread has heard of it.
    private const long SmallStep = 200_000;

    private readonly PackedNetwork _network;
    private readonly TrainingOptions _options;
    private readonly bool _measures, _drops, _isTiny;
    private readonly Crew _crew;
    private readonly ThreadChoice? _threads;
    private readonly Func<int> _allowed;
    private readonly BatchPass _pass;
    private readonly Optimizer _optimizer;
    private readonly AlignedFloats _gradient;
    private readonly AlignedFloats[] _scratch; // of each thread
    private readonly int _totalRows, _batchRows, _pieceRows;
    private readonly GradientPiece[] _pieces;
    private readonly double[] _squares;
    private readonly Action<int, int> _propagate, _learn, _descend;
    private int _rows, _rowsOfBatch, _epoch, _stepThreads;
    private bool _add, _isLastPart, _wantsNorm;
    private float _scale;
    private double _loss, _norm, _learningRate;
    private long _right;

    /// <param name="network">Changed in place.</param>
    /// <param name="samples">Rows to learn from.</param>
    /// <param name="options">How.</param>
    /// <param name="measures">Whether loss and accuracy of the batches are wanted.</param>
    /// <param name="crew">The threads.</param>
    /// <param name="allowed">How many of them may be used at the moment.</param>
    /// <param name="time">Source of time for the choice of threads; null to use all that are allowed in each step.</param>
    public GradientDescent(PackedNetwork network, Samples samples, TrainingOptions options, bool measures, Crew crew, Func<int> allowed, TimeProvider? time)
    {
        (_network, _totalRows, _options, _measures, _crew, _allowed) = (network, samples.Rows, options, measures, crew, allowed);
        var definition = network.Layout.Definition;
        _batchRows = Math.Min(options.BatchSize ?? samples.Rows, samples.Rows);
        _pass = new BatchPass(network, Math.Min(_batchRows, PartRows), trains: true);
        _optimizer = new Optimizer(options.Optimizer, network.Layout.Length);
        _gradient = new AlignedFloats(network.Layout.Length);
        _drops = definition.Layers.Any(l => l.Dropout > 0);
        bool small = Math.Min(_batchRows, PartRows) * definition.ParameterCount < SmallStep;
        _threads = time is null ? null : new ThreadChoice(small ? 1 : crew.Threads, time);
        _isTiny = network.Layout.Length <= TinyNetwork;
        _pieceRows = definition.ParameterCount >= LargeNetwork ? 64 : 32;
        _pieces = [.. GradientPiece.Of(network.Layout, PieceRows)];
        _squares = new double[_pieces.Length];
        _scratch = [.. Enumerable.Range(0, crew.Threads).Select(_ => new AlignedFloats(_pieces.Max(p => p.Length)))];
        _propagate = Propagate;
        _learn = Learn;
        _descend = Descend;
    }

    public bool HasConverged => false;

    public void Begin(int epoch, double learningRate)
    {
        (_epoch, _learningRate) = (epoch, learningRate);
        (_loss, _right, _norm) = (0, 0, 0);
    }

    public void Run(in EpochBlock block, CancellationToken cancellation)
    {
        var order = block.Order;
        if (_batchRows == _totalRows)
        {
            RunPartOfFullBatch(block, cancellation);
            return;
        }

        for (int first = 0; first < order.Length && !cancellation.IsCancellationRequested; first += _batchRows)
        {
            int rows = Math.Min(_batchRows, order.Length - first);
            BeginStep(rows, wantsNorm: block.IsLast && first + rows == order.Length);
            AddParts(block.Samples, order, first, rows, block.Position + first, isEnd: true);
            EndStep();
        }
    }

    public EpochFigures End() => new(_loss / _totalRows, (double)_right / _totalRows, _norm);

    public void Finish()
    {
        // The weights of the last step are the ones to keep.
    }

    // A batch of all rows is one step, though its rows may come in several blocks.
    private void RunPartOfFullBatch(in EpochBlock block, CancellationToken cancellation)
    {
        if (block.Position == 0) BeginStep(_totalRows, wantsNorm: true);
        if (cancellation.IsCancellationRequested) return;
        AddParts(block.Samples, block.Order, 0, block.Order.Length, block.Position, block.IsLast);
        if (block.IsLast) EndStep();
    }

    private void BeginStep(int rows, bool wantsNorm)
    {
        _stepThreads = _threads?.BeginStep(_allowed()) ?? _allowed();
        _optimizer.Begin(_learningRate);
        _rowsOfBatch = rows;
        _wantsNorm = wantsNorm || _options.MaxGradientNorm is not null;
        (_add, _scale) = (false, 1);
    }

    // The batch is some neighbours in an order of rows.
    private void AddParts(Samples samples, ReadOnlySpan<int> order, int first, int batchRows, int position, bool isEnd)
    {
        for (int start = 0; start < batchRows; start += _pass.MaxRows)
        {
            var rows = order.Slice(first + start, Math.Min(_pass.MaxRows, batchRows - start));
            _isLastPart = isEnd && start + rows.Length == batchRows;
            var following = order[(first + start + rows.Length)..];
            _pass.Begin(samples, rows, following, _drops ? new DropoutPosition(_options.Seed, _epoch, position + start) : default);
            _rows = rows.Length;
            _crew.Run(_propagate, (_rows + _pieceRows - 1) / _pieceRows, _stepThreads);
            if (_measures)
            {
                _loss += _pass.Loss;
                _right += _pass.Right;
            }

            _crew.Run(_learn, _pieces.Length, _stepThreads);
            _add = true;
        }
    }

    private void EndStep()
    {
        if (_wantsNorm)
        {
            _norm = Math.Sqrt(_isTiny ? SumOfSquares(_gradient.Span) : Sum(_squares));
            _scale = _norm > _options.MaxGradientNorm ? (float)(_options.MaxGradientNorm.Value / _norm) : 1;
        }

        if (_isTiny)
        {
            if (_scale != 1) Scale(_gradient.Span);
            _optimizer.Apply(_network.Parameters, _gradient.Span, 0);
            _network.TurnAll();
        }
        else if (_wantsNorm)
        {
            _crew.Run(_descend, _pieces.Length, _stepThreads);
        }

        _threads?.EndStep();
    }

    private void Propagate(int piece, int worker)
    {
        int first = piece * _pieceRows, rows = Math.Min(_pieceRows, _rows - first);
        _pass.Forward(first, rows);
        if (_measures) _pass.Measure(first, rows, _options.Classifies);
        _pass.Propagate(first, rows, _rowsOfBatch);
    }

    private void Learn(int number, int worker)
    {
        var piece = _pieces[number];
        // A gradient that nothing needs as a whole lives in the cache alone.
        bool isWhole = _isTiny || _add || !_isLastPart || _wantsNorm;
        var gradient = isWhole ? _gradient.Span.Slice(piece.Start, piece.Length) : _scratch[worker].Span[..piece.Length];
        if (piece.IsBias) _pass.BiasGradient(piece.Layer, gradient, _add);
        else _pass.Gradient(piece.Layer, piece.Panel, piece.First, piece.End, gradient, _add);
        if (!_isLastPart) return;
        if (!piece.IsBias) AddRegularization(piece, gradient);
        if (_isTiny) return;
        if (_wantsNorm) _squares[number] = SumOfSquares(gradient);
        else Apply(piece, gradient);
    }

    private void Descend(int number, int worker)
    {
        var piece = _pieces[number];
        var gradient = _gradient.Span.Slice(piece.Start, piece.Length);
        if (_scale != 1) Scale(gradient);
        Apply(piece, gradient);
    }

    private void Apply(in GradientPiece piece, ReadOnlySpan<float> gradient)
    {
        _optimizer.Apply(_network.Parameters, gradient, piece.Start);
        if (!piece.IsBias) _network.Turn(piece.Layer, piece.Panel, piece.First, piece.End);
    }

    // ∂/∂w of l1·Σ|w| + ½·l2·Σw² is l1·sign(w) + l2·w, with sign(0) = 0.
    private void AddRegularization(in GradientPiece piece, Span<float> g)
    {
        if (_options is { L1: 0, L2: 0 }) return;
        float l1 = (float)_options.L1, l2 = (float)_options.L2;
        var w = _network.Parameters.Slice(piece.Start, piece.Length);
        for (int i = 0; i < w.Length; i++) g[i] += (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0) + l2 * w[i];
    }

    private void Scale(Span<float> gradient)
    {
        foreach (ref float g in gradient) g *= _scale;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values) sum += v;
        return sum;
    }

    // Four sums side by side, whatever the processor: the order is part of the result.
    private static double SumOfSquares(ReadOnlySpan<float> gradient)
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (int i = 0; i + 4 <= gradient.Length; i += 4)
        {
            s0 += (double)gradient[i] * gradient[i];
            s1 += (double)gradient[i + 1] * gradient[i + 1];
            s2 += (double)gradient[i + 2] * gradient[i + 2];
            s3 += (double)gradient[i + 3] * gradient[i + 3];
        }

        return s0 + s1 + (s2 + s3);
    }
}
