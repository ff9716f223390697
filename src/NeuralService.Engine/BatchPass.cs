namespace NeuralService.Engine;

/// <summary>Forward pass and backpropagation of one batch, with the buffers they need, made once for the largest batch.</summary>
internal sealed class BatchPass
{
    private readonly Network _network;
    private readonly NetworkDefinition _definition;
    private readonly LayerBuffers[] _layers;
    private readonly float[] _transposed;

    public BatchPass(Network network, int maxRows)
    {
        _network = network;
        _definition = network.Definition;
        MaxRows = maxRows;
        _layers = [.. _definition.Layers.Select((l, i) => new LayerBuffers(l, maxRows, isOutput: i == _definition.Layers.Count - 1))];
        _transposed = new float[_definition.Layers.Select((l, i) => l.Units * _definition.InputsOf(i)).Max()];
    }

    public int MaxRows { get; }

    /// <summary>Pre-activations of the output layer, shape [MaxRows, units].</summary>
    public float[] Logits => _layers[^1].Logits!;

    /// <summary>Activations of the output layer, shape [MaxRows, units].</summary>
    public float[] Outputs => _layers[^1].Activations;

    /// <summary>Forward pass (lecture S28) of rows as they are predicted: no dropout.</summary>
    /// <param name="inputs">Shape [rows, inputs].</param>
    /// <param name="rows">Number of rows, at most <see cref="MaxRows"/>.</param>
    public void Forward(ReadOnlySpan<float> inputs, int rows) => Forward(inputs, rows, dropout: null);

    /// <summary>Forward pass of a training step.</summary>
    /// <param name="inputs">Shape [rows, inputs].</param>
    /// <param name="rows">Number of rows, at most <see cref="MaxRows"/>.</param>
    /// <param name="dropout">Where in the training the rows stand, from which the dropout masks follow; null for none.</param>
    public void Forward(ReadOnlySpan<float> inputs, int rows, DropoutPosition? dropout)
    {
        ReadOnlySpan<float> x = inputs;
        for (int i = 0; i < _layers.Length; i++)
        {
            var layer = _definition.Layers[i];
            var buffers = _layers[i];
            int units = layer.Units, width = _definition.InputsOf(i);
            Kernels.Transpose(_network.Weights(i), units, width, _transposed);

            Span<float> a = buffers.Activations.AsSpan(0, rows * units);
            var biases = _network.Biases(i);
            for (int row = 0; row < rows; row++) biases.CopyTo(a.Slice(row * units, units));
            Kernels.AddProduct(x, width, 1, _transposed, a, rows, width, units);

            if (buffers.Logits is { } logits) a.CopyTo(logits);
            Activations.Apply(layer, a);
            x = a;
            if (layer.Dropout > 0 && dropout is { } position) x = buffers.Drop(layer, i, position, rows);
        }
    }

    /// <summary>Backpropagation (lecture S44) after a <see cref="Forward(ReadOnlySpan{float}, int, DropoutPosition?)"/> of the same rows.</summary>
    /// <param name="inputs">Shape [rows, inputs].</param>
    /// <param name="targets">Shape [rows, outputs].</param>
    /// <param name="rowWeights">Factor on the gradient of each row, shape [rows]; empty for 1.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="batchRows">Number m that their losses are divided by: of the rows of the whole batch, where these are a part of it.</param>
    /// <param name="dropout">As given to the forward pass.</param>
    /// <param name="gradient">Receives ∂L/∂parameters in canonical order.</param>
    public void Backward(
        ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> rowWeights, int rows, int batchRows, DropoutPosition? dropout, float[] gradient)
    {
        int outputs = _definition.Output.Units;
        Span<float> delta = _layers[^1].Delta.AsSpan(0, rows * outputs);
        for (int row = 0; row < rows; row++)
        {
            int at = row * outputs;
            float scale = (rowWeights.IsEmpty ? 1 : rowWeights[row]) / batchRows;
            Losses.OutputDelta(_definition.Loss, _definition.Output, Outputs.AsSpan(at, outputs), targets.Slice(at, outputs), scale, delta.Slice(at, outputs));
        }

        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            var layer = _definition.Layers[i];
            int units = layer.Units, width = _definition.InputsOf(i);
            delta = _layers[i].Delta.AsSpan(0, rows * units);
            bool belowDropped = i > 0 && _definition.Layers[i - 1].Dropout > 0 && dropout is not null;
            ReadOnlySpan<float> x = i == 0 ? inputs : belowDropped ? _layers[i - 1].Dropped : _layers[i - 1].Activations;

            var dW = _network.WeightsOf(gradient, i);
            dW.Clear();
            Kernels.AddProduct(delta, 1, units, x, dW, units, rows, width); // ∂L/∂W = δᵀ·x
            var dB = _network.BiasesOf(gradient, i);
            dB.Clear();
            if (layer.Bias) AddRows(delta, dB);                             // ∂L/∂b = Σ δ

            if (i == 0) break;
            var below = _layers[i - 1];
            Span<float> belowDelta = below.Delta.AsSpan(0, rows * width);
            belowDelta.Clear();
            Kernels.AddProduct(delta, units, 1, _network.Weights(i), belowDelta, rows, units, width); // ∂L/∂a = δ·W
            if (belowDropped) below.MultiplyByMask(belowDelta);
            Activations.MultiplyByDerivative(_definition.Layers[i - 1], below.Activations.AsSpan(0, rows * width), belowDelta);
        }
    }

    /// <summary>Σ over the rows of the loss of each, in row order, after a forward pass.</summary>
    /// <param name="targets">Shape [rows, outputs].</param>
    /// <param name="rows">Number of rows.</param>
    public double SumOfLosses(ReadOnlySpan<float> targets, int rows)
    {
        int outputs = _definition.Output.Units;
        double sum = 0;
        for (int at = 0; at < rows * outputs; at += outputs)
            sum += Losses.OfRow(_definition.Loss, Logits.AsSpan(at, outputs), Outputs.AsSpan(at, outputs), targets.Slice(at, outputs));
        return sum;
    }

    private static void AddRows(ReadOnlySpan<float> matrix, Span<float> sum)
    {
        for (int at = 0; at < matrix.Length; at += sum.Length)
        {
            for (int j = 0; j < sum.Length; j++) sum[j] += matrix[at + j];
        }
    }

    /// <summary>What one layer keeps of a batch between forward pass and backpropagation.</summary>
    private sealed class LayerBuffers(LayerDefinition layer, int maxRows, bool isOutput)
    {
        public float[] Activations { get; } = new float[maxRows * layer.Units];

        public float[] Delta { get; } = new float[maxRows * layer.Units];

        public float[]? Logits { get; } = isOutput ? new float[maxRows * layer.Units] : null;

        public float[] Dropped { get; } = layer.Dropout > 0 ? new float[maxRows * layer.Units] : [];

        private readonly float[] _mask = layer.Dropout > 0 ? new float[maxRows * layer.Units] : [];

        /// <summary>Activations times a mask of 0 and 1/(1 − p): "inverted" dropout, so that prediction needs no factor (Srivastava et al. 2014).</summary>
        public ReadOnlySpan<float> Drop(LayerDefinition layer, int index, DropoutPosition position, int rows)
        {
            int count = rows * layer.Units;
            position.FillMask(layer, index, _mask.AsSpan(0, count));
            for (int i = 0; i < count; i++) Dropped[i] = Activations[i] * _mask[i];
            return Dropped.AsSpan(0, count);
        }

        public void MultiplyByMask(Span<float> gradient)
        {
            for (int i = 0; i < gradient.Length; i++) gradient[i] *= _mask[i];
        }
    }
}

/// <summary>Where a batch stands in a training: dropout masks are a function of this and the seed.</summary>
/// <param name="Seed">The training's seed.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="FirstRow">Position of the batch's first row in the epoch's order.</param>
internal readonly record struct DropoutPosition(ulong Seed, int Epoch, int FirstRow)
{
    /// <summary>0 with probability p, else 1/(1 − p), for each value of a layer's batch, shape [rows, units].</summary>
    public void FillMask(LayerDefinition layer, int index, Span<float> mask)
    {
        float kept = (float)(1 / (1 - layer.Dropout));
        ulong first = (ulong)FirstRow * (ulong)layer.Units;
        double threshold = layer.Dropout * 4294967296.0;
        for (int i = 0; i < mask.Length; i++)
        {
            // One block of 128 bits serves four neighbouring values.
            ulong value = first + (ulong)i;
            var (x0, x1, x2, x3) = Philox.Block(Seed, RandomPurpose.Dropout, (uint)index, (uint)Epoch, value >> 2);
            uint word = (value & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
            mask[i] = word >= threshold ? kept : 0;
        }
    }
}
