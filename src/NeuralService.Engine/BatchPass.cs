namespace NeuralService.Engine;

/// <summary>Forward pass and backpropagation of one batch, with the buffers they need, made once for the largest batch.</summary>
/// <remarks>
/// Two phases, and within each the calls may run at the same time on any threads: rows are independent of each other in <see cref="Propagate"/>, and the
/// parts of a gradient in <see cref="Gradient"/>. Neither the parts nor who computes them changes a bit.
/// </remarks>
internal sealed class BatchPass
{
    private readonly PackedNetwork _network;
    private readonly LayerDefinition[] _layers;
    private readonly int _inputSize;
    private readonly ForwardPass _forward;
    private readonly PanelBuffer[] _deltas;
    private readonly nint[] _offsets;
    private readonly int[] _rows;
    private readonly LossPass _loss;
    private Samples? _samples;
    private DropoutPosition _position;
    private int _count, _known;

    /// <param name="network">The parameters.</param>
    /// <param name="maxRows">Rows of the largest batch.</param>
    /// <param name="trains">Whether backpropagation is wanted.</param>
    public BatchPass(PackedNetwork network, int maxRows, bool trains)
    {
        _network = network;
        var definition = network.Layout.Definition;
        _layers = [.. definition.Layers];
        _inputSize = definition.InputSize;
        _forward = new ForwardPass(network, maxRows, trains);
        int capacity = _forward.Capacity;
        _deltas = trains ? [.. _layers.Select(l => new PanelBuffer(capacity, l.Units))] : [];
        _offsets = new nint[capacity + Kernels.RowGroup];
        _rows = new int[capacity];
        _loss = new LossPass(definition, _forward);
        MaxRows = maxRows;
    }

    /// <summary>Rows of the largest batch.</summary>
    public int MaxRows { get; }

    /// <summary>Pre-activations and activations of all layers.</summary>
    public ForwardPass Activations => _forward;

    /// <summary>Takes the rows of the next batch.</summary>
    /// <param name="samples">Where they are from.</param>
    /// <param name="rows">Which; at most <see cref="MaxRows"/>.</param>
    /// <param name="following">Rows that come after these, to be fetched ahead.</param>
    /// <param name="position">Where in the training the batch stands.</param>
    public void Begin(Samples samples, ReadOnlySpan<int> rows, ReadOnlySpan<int> following, DropoutPosition position)
    {
        rows.CopyTo(_rows);
        (_samples, _count, _position) = (samples, rows.Length, position);
        SetOffsets();
        if (following.Length < Kernels.RowGroup) return;
        for (int i = 0; i < Kernels.RowGroup; i++) _offsets[_known++] = (nint)following[i] * samples.InputSize;
    }

    /// <summary>Takes neighbouring rows as the next batch.</summary>
    public void Begin(Samples samples, int first, int count)
    {
        (_samples, _count) = (samples, count);
        for (int i = 0; i < count; i++) _rows[i] = first + i;
        SetOffsets();
    }

    /// <summary>Forward pass of some rows of the batch.</summary>
    /// <param name="first">First row, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    public void Forward(int first, int rows)
    {
        var offsets = _offsets.AsSpan(first, _known - first); // also those behind these rows, to be fetched ahead
        _forward.Run(Operand.OfRows(_samples!.Inputs, offsets, _inputSize), first, rows, _position);
        _loss.ReadTargets(_samples, _rows, first, rows);
    }

    /// <summary>δ of all layers for some rows of the batch, after their forward pass (lecture S44 to S46).</summary>
    /// <param name="first">First row, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="batchRows">Number m that the losses are divided by: of the rows of the whole batch, where these are a part of it.</param>
    public void Propagate(int first, int rows, int batchRows)
    {
        _loss.Delta(_deltas[^1], _samples!.Weights, _rows, batchRows, first, rows);
        int padded = Math.Min(Kernels.RoundUp(rows), _forward.Capacity - first);
        for (int i = _deltas.Length - 1; i > 0; i--)
        {
            var below = _layers[i - 1];
            PanelBuffer delta = _deltas[i - 1], a = _forward.Activations(i - 1);
            var dropout = _forward.DropoutOf(i - 1);
            bool relu = below.Activation == Activation.Relu && dropout is null;
            Kernels.RowProduct( // ∂L/∂a = δ·W
                _deltas[i].Operand.Slice(first, padded), first, rows, _network.Backward(i), _network.Layout.Layers[i].Backward, default, delta.Data, delta.Shape,
                relu ? Epilogue.ReluDerivative : Epilogue.None, a.Data);
            if (relu) continue;
            dropout?.MultiplyByMask(delta, first, rows);
            ActivationFunctions.MultiplyByDerivative(below, a, delta, first, rows);
        }
    }

    /// <summary>∂L/∂W = δᵀ·x for some of a layer's weights.</summary>
    /// <param name="layer">Which layer.</param>
    /// <param name="panel">Which panel of its weights as they are kept.</param>
    /// <param name="first">First row of the panel.</param>
    /// <param name="end">Behind the last row.</param>
    /// <param name="gradient">Receives the gradient of these weights.</param>
    /// <param name="add">Whether they are added to what is there.</param>
    public void Gradient(int layer, int panel, int first, int end, Span<float> gradient, bool add)
    {
        var packed = _network.Layout.Layers[layer];
        var delta = _deltas[layer];
        if (packed.KeepsW)
        {
            var below = _forward.Passed(layer - 1);
            Kernels.ColumnProduct(delta.Operand, _count, first, end, below.Data, below.Shape, panel, gradient, add);
        }
        else
        {
            var x = layer == 0 ? Inputs : _forward.Passed(layer - 1).Operand;
            Kernels.ColumnProduct(x, _count, first, end, delta.Data, delta.Shape, panel, gradient, add);
        }
    }

    /// <summary>∂L/∂b = Σ δ of a layer, over the rows in order.</summary>
    /// <param name="layer">Which layer.</param>
    /// <param name="gradient">Receives the gradient of its biases, up to whole panels.</param>
    /// <param name="add">Whether it is added to what is there.</param>
    public void BiasGradient(int layer, Span<float> gradient, bool add)
    {
        var delta = _deltas[layer];
        for (int panel = 0; panel < delta.Shape.Count; panel++)
            Kernels.ColumnSums(delta.Rows(panel, 0, _count), delta.Shape.Width, gradient.Slice(panel * delta.Shape.Width, delta.Shape.Width), add);
    }

    /// <summary>Measures some rows after their forward pass, for <see cref="Loss"/> and <see cref="Right"/>.</summary>
    /// <param name="first">First row, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="classifies">Whether rows classified rightly are counted.</param>
    public void Measure(int first, int rows, bool classifies) => _loss.Measure(first, rows, classifies);

    /// <summary>Σ over the batch's rows of the loss of each, once all are measured.</summary>
    public double Loss => _loss.SumOfLosses(_count);

    /// <summary>Rows of the batch classified rightly, once all are measured.</summary>
    public int Right => _loss.CountRight(_count);

    // A last group that is not full repeats the last row.
    private void SetOffsets()
    {
        _known = Kernels.RoundUp(_count);
        for (int i = 0; i < _known; i++) _offsets[i] = (nint)_rows[Math.Min(i, _count - 1)] * _samples!.InputSize;
    }

    private Operand Inputs => Operand.OfRows(_samples!.Inputs, _offsets.AsSpan(0, Kernels.RoundUp(_count)), _inputSize);
}
