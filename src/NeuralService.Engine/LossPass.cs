using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Engine;

/// <summary>What the loss says of some rows of a batch after their forward pass: their losses, and the δ that backpropagation starts from.</summary>
internal sealed class LossPass
{
    /// <summary>Rows whose losses are summed together, in order; the sums are then added in order.</summary>
    private const int Group = Kernels.RowGroup;

    private readonly Loss _loss;
    private readonly LayerDefinition _output;
    private readonly ForwardPass _forward;
    private readonly PanelBuffer _targets;
    private readonly int[] _labels; // class of each row, where there are several outputs for classes
    private bool _hasLabels;
    private readonly double[] _losses;
    private readonly int[] _right;

    public LossPass(NetworkDefinition definition, ForwardPass forward)
    {
        (_loss, _output, _forward) = (definition.Loss, definition.Output, forward);
        _targets = new PanelBuffer(forward.Capacity, definition.Output.Units);
        _labels = new int[forward.Capacity];
        _losses = new double[forward.Capacity / Group];
        _right = new int[forward.Capacity / Group];
    }

    /// <summary>Reads the targets of some rows.</summary>
    /// <param name="samples">Where they are from.</param>
    /// <param name="sampleRows">Row of the samples of each row of the batch.</param>
    /// <param name="first">First row of the batch, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    public void ReadTargets(Samples samples, ReadOnlySpan<int> sampleRows, int first, int rows)
    {
        var shape = _targets.Shape;
        _hasLabels = samples.Classes is not null && shape.Columns > 1;
        if (samples.Classes is { } classes)
        {
            for (int panel = 0; panel < shape.Count; panel++) _targets.Rows(panel, first, rows).Clear();
            var targets = _targets.Data;
            for (int row = first; row < first + rows; row++)
            {
                // One output holds the class 0 or 1 itself, several hold 1 at the class.
                int label = classes[sampleRows[row]];
                _labels[row] = label;
                if (_hasLabels) targets[shape.IndexOf(row, label)] = 1;
                else targets[shape.IndexOf(row, 0)] = label;
            }

            return;
        }

        for (int panel = 0; panel < shape.Count; panel++)
        {
            int columns = shape.ColumnsIn(panel), at = panel * shape.Width;
            var targets = _targets.Rows(panel, first, rows);
            for (int row = 0; row < rows; row++) samples.TargetOf(sampleRows[first + row]).Slice(at, columns).CopyTo(targets[(row * shape.Width)..]);
        }
    }

    /// <summary>δ = ∂L/∂z of the output layer for some rows, after <see cref="ReadTargets"/>.</summary>
    /// <param name="delta">Receives it, shape [rows of the buffer, units].</param>
    /// <param name="weights">Factor on each row; null for 1.</param>
    /// <param name="sampleRows">Row of the samples of each row of the batch.</param>
    /// <param name="batchRows">Number m that the losses are divided by.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">How many.</param>
    public void Delta(PanelBuffer delta, float[]? weights, ReadOnlySpan<int> sampleRows, int batchRows, int first, int rows)
    {
        // Softmax with cross-entropy, sigmoid with binary cross-entropy: the derivative of the activation cancels, p − y remains (lecture S43, S44).
        // Squared error starts from ∂L/∂a = ŷ − y.
        for (int panel = 0; panel < delta.Shape.Count; panel++)
        {
            if (weights is null)
            {
                Difference(_forward.Outputs.Rows(panel, first, rows), _targets.Rows(panel, first, rows), 1f / batchRows, delta.Rows(panel, first, rows));
                continue;
            }

            for (int row = first; row < first + rows; row++)
                Difference(_forward.Outputs.Rows(panel, row, 1), _targets.Rows(panel, row, 1), weights[sampleRows[row]] / batchRows, delta.Rows(panel, row, 1));
        }

        if (_loss != Loss.SquaredError) return;
        if (_output.Activation == Activation.Softmax) MultiplyBySoftmaxJacobian(delta, first, rows);
        else ActivationFunctions.MultiplyByDerivative(_output, _forward.Outputs, delta, first, rows);
    }

    /// <summary>Measures some rows, after <see cref="ReadTargets"/>.</summary>
    /// <param name="first">First row, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="classifies">Whether rows classified rightly are counted.</param>
    public void Measure(int first, int rows, bool classifies)
    {
        for (int start = first; start < first + rows; start += Group)
        {
            double loss = 0;
            int right = 0;
            for (int row = start; row < Math.Min(start + Group, first + rows); row++)
            {
                loss += LossOf(row);
                if (classifies && IsRight(row)) right++;
            }

            (_losses[start / Group], _right[start / Group]) = (loss, right);
        }
    }

    /// <summary>Σ of the losses of the first rows of the batch, once all are measured.</summary>
    public double SumOfLosses(int rows)
    {
        double sum = 0;
        foreach (double loss in _losses.AsSpan(0, (rows + Group - 1) / Group)) sum += loss;
        return sum;
    }

    /// <summary>How many of the first rows of the batch are classified rightly, once all are measured.</summary>
    public int CountRight(int rows)
    {
        int sum = 0;
        foreach (int right in _right.AsSpan(0, (rows + Group - 1) / Group)) sum += right;
        return sum;
    }

    // From the logits, so that the loss stays finite when a probability underflows.
    private double LossOf(int row)
    {
        var shape = _targets.Shape;
        if (_hasLabels && _loss == Loss.CrossEntropy)
            return Elementary.Log(_forward.SoftmaxSum(row)) - ((double)_forward.Logits.Data[shape.IndexOf(row, _labels[row])] - _forward.SoftmaxMax(row));

        if (_loss == Loss.SquaredError && shape.Count == 1)
        {
            int at = row * shape.Width;
            return Losses.HalfSquaredDistance(_forward.Outputs.Data.Slice(at, shape.Columns), _targets.Data.Slice(at, shape.Columns));
        }

        double loss = 0;
        double logSum = _loss == Loss.CrossEntropy ? Elementary.Log(_forward.SoftmaxSum(row)) : 0;
        double max = _loss == Loss.CrossEntropy ? _forward.SoftmaxMax(row) : 0;
        for (int panel = 0; panel < shape.Count; panel++)
        {
            int columns = shape.ColumnsIn(panel);
            var y = _targets.Rows(panel, row, 1)[..columns];
            ReadOnlySpan<float> z = _forward.Logits.Rows(panel, row, 1)[..columns], a = _forward.Outputs.Rows(panel, row, 1)[..columns];
            loss += _loss switch
            {
                Loss.CrossEntropy => Losses.CrossEntropy(z, y, max, logSum),
                Loss.BinaryCrossEntropy => Losses.BinaryCrossEntropy(z, y),
                Loss.SquaredError => Losses.HalfSquaredDistance(a, y),
                _ => a.SequenceEqual(y) ? 0 : 1,
            };
        }

        return loss;
    }

    private bool IsRight(int row)
    {
        var shape = _targets.Shape;
        if (_output.Activation == Activation.Softmax)
            return _hasLabels ? IsFirstMax(_forward.Outputs, row, _labels[row]) : IndexOfMax(_forward.Outputs, row) == IndexOfMax(_targets, row);

        for (int panel = 0; panel < shape.Count; panel++)
        {
            int columns = shape.ColumnsIn(panel);
            if (!Evaluator.IsRight(_forward.Outputs.Rows(panel, row, 1)[..columns], _targets.Rows(panel, row, 1)[..columns], softmax: false)) return false;
        }

        return true;
    }

    // Whether a probability is the largest of its row, and the first of those that equal it. The padding behind the last is 0, which is larger than none.
    private static bool IsFirstMax(PanelBuffer values, int row, int label)
    {
        var shape = values.Shape;
        Vector128<float> p = Vector128.Create(values.Data[shape.IndexOf(row, label)]);
        Vector128<int> beaten = Vector128<int>.Zero, at = Vector128.Create(label), k = Vector128.Create(0, 1, 2, 3), step = Vector128.Create(4);
        for (int panel = 0; panel < shape.Count; panel++)
        {
            ref float part = ref MemoryMarshal.GetReference(values.Rows(panel, row, 1));
            for (int i = 0; i < shape.Width; i += 4, k += step)
            {
                var v = Vector128.LoadUnsafe(ref part, (nuint)i);
                beaten |= Vector128.GreaterThan(v, p).AsInt32() | (Vector128.Equals(v, p).AsInt32() & Vector128.LessThan(k, at));
            }
        }

        return beaten == Vector128<int>.Zero;
    }

    private static int IndexOfMax(PanelBuffer values, int row)
    {
        var shape = values.Shape;
        int best = 0;
        float max = float.NegativeInfinity;
        for (int panel = 0; panel < shape.Count; panel++)
        {
            var part = values.Rows(panel, row, 1)[..shape.ColumnsIn(panel)];
            int k = Evaluator.IndexOfMax(part);
            if (part[k] > max) (best, max) = (panel * shape.Width + k, part[k]);
        }

        return best;
    }

    // ∂p[j]/∂z[k] = p[j]·([j = k] − p[k]), so δ[k] = p[k]·(g[k] − Σj p[j]·g[j]) with g = ∂L/∂p.
    private void MultiplyBySoftmaxJacobian(PanelBuffer gradient, int first, int rows)
    {
        for (int row = first; row < first + rows; row++)
        {
            float dot = 0;
            for (int panel = 0; panel < gradient.Shape.Count; panel++)
            {
                Span<float> p = _forward.Outputs.Rows(panel, row, 1), g = gradient.Rows(panel, row, 1);
                for (int k = 0; k < g.Length; k++) dot = MathF.FusedMultiplyAdd(p[k], g[k], dot);
            }

            for (int panel = 0; panel < gradient.Shape.Count; panel++)
            {
                Span<float> p = _forward.Outputs.Rows(panel, row, 1), g = gradient.Rows(panel, row, 1);
                for (int k = 0; k < g.Length; k++) g[k] = p[k] * (g[k] - dot);
            }
        }
    }

    private static void Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> y, float scale, Span<float> delta)
    {
        a = a[..delta.Length];
        y = y[..delta.Length];
        int done = 0;
        if (Vector512.IsHardwareAccelerated) done = Difference<Simd512, Vector512<float>>(a, y, scale, delta, 0);
        else if (Vector256.IsHardwareAccelerated) done = Difference<Simd256, Vector256<float>>(a, y, scale, delta, 0);
        if (Vector128.IsHardwareAccelerated) done = Difference<Simd128, Vector128<float>>(a, y, scale, delta, done);
        Difference<SimdScalar, float>(a, y, scale, delta, done);
    }

    private static int Difference<TSimd, T>(ReadOnlySpan<float> a, ReadOnlySpan<float> y, float scale, Span<float> delta, int from)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        ref float ra = ref MemoryMarshal.GetReference(a), ry = ref MemoryMarshal.GetReference(y), rd = ref MemoryMarshal.GetReference(delta);
        T factor = TSimd.Broadcast(scale);
        nint i = from;
        for (; i <= delta.Length - TSimd.Width; i += TSimd.Width)
            TSimd.Store(TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(ref ra, i), TSimd.Load(ref ry, i))), ref rd, i);
        return (int)i;
    }
}
