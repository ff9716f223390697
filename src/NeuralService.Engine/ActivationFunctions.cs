using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Engine;

/// <summary>The activation functions over rows of a batch, and their derivatives.</summary>
internal static class ActivationFunctions
{
    /// <summary>Activations a = g(z) of some rows.</summary>
    /// <param name="layer">A layer whose activation works on each unit alone: not softmax.</param>
    /// <param name="z">Pre-activations, shape [rows of the buffer, units].</param>
    /// <param name="a">Receives the activations; may be z itself.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">How many.</param>
    public static void Apply(LayerDefinition layer, PanelBuffer z, PanelBuffer a, int first, int rows)
    {
        for (int panel = 0; panel < a.Shape.Count; panel++)
        {
            var values = a.Rows(panel, first, rows);
            if (a != z) z.Rows(panel, first, rows).CopyTo(values);
            Apply(layer, values);
        }

        if (layer.Activation is Activation.Sigmoid or Activation.Step) a.ClearPadding(first, rows); // these are not 0 at 0
    }

    /// <summary>Multiplies ∂L/∂a by g'(z), which gives δ = ∂L/∂z (lecture S44), for some rows.</summary>
    /// <param name="layer">A layer whose activation works on each unit alone: not softmax.</param>
    /// <param name="activations">a, from which every derivative here can be told, shape [rows of the buffer, units].</param>
    /// <param name="gradient">∂L/∂a on entry, δ on return, of the same shape.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">How many.</param>
    /// <remarks>relu'(0) = 0 and leakyRelu'(0) = negativeSlope, as PyTorch and scikit-learn have it; the slide draws 1 (lecture S11).</remarks>
    public static void MultiplyByDerivative(LayerDefinition layer, PanelBuffer activations, PanelBuffer gradient, int first, int rows)
    {
        if (layer.Activation == Activation.Linear) return;
        for (int panel = 0; panel < gradient.Shape.Count; panel++)
            MultiplyByDerivative(layer, activations.Rows(panel, first, rows), gradient.Rows(panel, first, rows));
    }

    /// <summary>Multiplies ∂L/∂a by g'(z), value by value.</summary>
    public static void MultiplyByDerivative(LayerDefinition layer, ReadOnlySpan<float> a, Span<float> gradient)
    {
        float slope = (float)layer.NegativeSlope;
        switch (layer.Activation)
        {
            case Activation.Linear: break;
            case Activation.Step: gradient.Clear(); break;
            case Activation.Sigmoid: Multiply<SigmoidDerivative>(a, gradient, slope); break;
            case Activation.Tanh: Multiply<TanhDerivative>(a, gradient, slope); break;
            case Activation.Relu: Multiply<KinkDerivative>(a, gradient, 0); break;
            case Activation.LeakyRelu: Multiply<KinkDerivative>(a, gradient, slope); break;
            default: throw new ArgumentOutOfRangeException(nameof(layer), layer.Activation, "Not an activation of single units.");
        }
    }

    private static void Apply(LayerDefinition layer, Span<float> values)
    {
        switch (layer.Activation)
        {
            case Activation.Linear:
                break;
            case Activation.Step:
                foreach (ref float v in values) v = v >= 0 ? 1 : 0;
                break;
            case Activation.Sigmoid:
                Sigmoid(values);
                break;
            case Activation.Tanh:
                Tanh(values);
                break;
            case Activation.Relu:
                foreach (ref float v in values) v = v < 0 ? 0 : v; // so asked, NaN stays NaN and a diverged training is seen
                break;
            case Activation.LeakyRelu:
                float slope = (float)layer.NegativeSlope;
                foreach (ref float v in values) v = v > 0 ? v : slope * v;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(layer), layer.Activation, "Unknown activation.");
        }
    }

    /// <summary>e^(z − max) / Σ e^(z − max) of some rows, so that nothing overflows (lecture S41). The sum runs over the units in order, in double.</summary>
    /// <param name="z">Logits, shape [rows of the buffer, units].</param>
    /// <param name="a">Receives the probabilities.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="maxima">Receives the largest logit of each row.</param>
    /// <param name="sums">Receives the sum of each row.</param>
    public static void Softmax(PanelBuffer z, PanelBuffer a, int first, int rows, float[] maxima, double[] sums)
    {
        var shape = z.Shape;
        Span<float> max = maxima.AsSpan(first, rows);
        Span<double> sum = sums.AsSpan(first, rows);
        max.Fill(float.NegativeInfinity);
        sum.Clear();
        for (int panel = 0; panel < shape.Count; panel++)
        {
            var logits = z.Rows(panel, first, rows);
            for (int row = 0; row < rows; row++) max[row] = MathF.Max(max[row], Max(logits.Slice(row * shape.Width, shape.ColumnsIn(panel))));
        }

        for (int panel = 0; panel < shape.Count; panel++)
        {
            Span<float> logits = z.Rows(panel, first, rows), e = a.Rows(panel, first, rows);
            for (int row = 0; row < rows; row++) Subtract(logits.Slice(row * shape.Width, shape.Width), max[row], e.Slice(row * shape.Width, shape.Width));
            Exp(e);
            for (int row = 0; row < rows; row++)
            {
                foreach (float v in e.Slice(row * shape.Width, shape.ColumnsIn(panel))) sum[row] += v;
            }
        }

        for (int panel = 0; panel < shape.Count; panel++)
        {
            var e = a.Rows(panel, first, rows);
            for (int row = 0; row < rows; row++) Divide(e.Slice(row * shape.Width, shape.Width), (float)sum[row]);
        }

        a.ClearPadding(first, rows);
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        if (values.Length < 4)
        {
            float most = values[0];
            foreach (float v in values) most = MathF.Max(most, v);
            return most;
        }

        // The last four may overlap those before.
        ref float first = ref MemoryMarshal.GetReference(values);
        var max = Vector128.LoadUnsafe(ref first, (nuint)values.Length - 4);
        for (int k = 0; k + 4 < values.Length; k += 4) max = Vector128.Max(max, Vector128.LoadUnsafe(ref first, (nuint)k));
        max = Vector128.Max(max, Vector128.Shuffle(max, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(max[0], max[1]);
    }

    // A row of a panel is 4, 8, 16 or 32 values.
    private static void Subtract(ReadOnlySpan<float> z, float max, Span<float> shifted)
    {
        ref float from = ref MemoryMarshal.GetReference(z), to = ref MemoryMarshal.GetReference(shifted);
        var m = Vector128.Create(max);
        for (int k = 0; k < shifted.Length; k += 4) (Vector128.LoadUnsafe(ref from, (nuint)k) - m).StoreUnsafe(ref to, (nuint)k);
    }

    private static void Divide(Span<float> values, float divisor)
    {
        ref float v = ref MemoryMarshal.GetReference(values);
        var d = Vector128.Create(divisor);
        for (int k = 0; k < values.Length; k += 4) (Vector128.LoadUnsafe(ref v, (nuint)k) / d).StoreUnsafe(ref v, (nuint)k);
    }

    private static void Exp(Span<float> values)
    {
        if (Vector512.IsHardwareAccelerated) VectorFunctions.Exp<Simd512, Vector512<float>>(values);
        else if (Vector256.IsHardwareAccelerated) VectorFunctions.Exp<Simd256, Vector256<float>>(values);
        else if (Vector128.IsHardwareAccelerated) VectorFunctions.Exp<Simd128, Vector128<float>>(values);
        else VectorFunctions.Exp<SimdScalar, float>(values);
    }

    private static void Tanh(Span<float> values)
    {
        if (Vector512.IsHardwareAccelerated) VectorFunctions.Tanh<Simd512, Vector512<float>>(values);
        else if (Vector256.IsHardwareAccelerated) VectorFunctions.Tanh<Simd256, Vector256<float>>(values);
        else if (Vector128.IsHardwareAccelerated) VectorFunctions.Tanh<Simd128, Vector128<float>>(values);
        else VectorFunctions.Tanh<SimdScalar, float>(values);
    }

    private static void Sigmoid(Span<float> values)
    {
        if (Vector512.IsHardwareAccelerated) VectorFunctions.Sigmoid<Simd512, Vector512<float>>(values);
        else if (Vector256.IsHardwareAccelerated) VectorFunctions.Sigmoid<Simd256, Vector256<float>>(values);
        else if (Vector128.IsHardwareAccelerated) VectorFunctions.Sigmoid<Simd128, Vector128<float>>(values);
        else VectorFunctions.Sigmoid<SimdScalar, float>(values);
    }

    private static void Multiply<TDerivative>(ReadOnlySpan<float> a, Span<float> gradient, float slope)
        where TDerivative : struct, IDerivative
    {
        a = a[..gradient.Length];
        int done = 0;
        if (Vector512.IsHardwareAccelerated) done = Multiply<TDerivative, Simd512, Vector512<float>>(a, gradient, slope, 0);
        else if (Vector256.IsHardwareAccelerated) done = Multiply<TDerivative, Simd256, Vector256<float>>(a, gradient, slope, 0);
        if (Vector128.IsHardwareAccelerated) done = Multiply<TDerivative, Simd128, Vector128<float>>(a, gradient, slope, done);
        Multiply<TDerivative, SimdScalar, float>(a, gradient, slope, done);
    }

    private static int Multiply<TDerivative, TSimd, T>(ReadOnlySpan<float> a, Span<float> gradient, float slope, int from)
        where TDerivative : struct, IDerivative
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        ref float ra = ref MemoryMarshal.GetReference(a), rg = ref MemoryMarshal.GetReference(gradient);
        T s = TSimd.Broadcast(slope);
        nint i = from;
        for (; i <= gradient.Length - TSimd.Width; i += TSimd.Width)
            TSimd.Store(TDerivative.Times<TSimd, T>(TSimd.Load(ref ra, i), TSimd.Load(ref rg, i), s), ref rg, i);
        return (int)i;
    }

    /// <summary>A derivative g'(z), told from a = g(z), times a gradient.</summary>
    private interface IDerivative
    {
        static abstract T Times<TSimd, T>(T a, T gradient, T slope)
            where TSimd : struct, ISimd<T>
            where T : struct;
    }

    private readonly struct SigmoidDerivative : IDerivative
    {
        public static T Times<TSimd, T>(T a, T gradient, T slope)
            where TSimd : struct, ISimd<T>
            where T : struct => TSimd.Multiply(gradient, TSimd.Multiply(a, TSimd.Subtract(TSimd.Broadcast(1), a)));
    }

    private readonly struct TanhDerivative : IDerivative
    {
        public static T Times<TSimd, T>(T a, T gradient, T slope)
            where TSimd : struct, ISimd<T>
            where T : struct => TSimd.Multiply(gradient, TSimd.Subtract(TSimd.Broadcast(1), TSimd.Multiply(a, a)));
    }

    /// <summary>1 where a &gt; 0, else the slope: relu and leakyRelu.</summary>
    private readonly struct KinkDerivative : IDerivative
    {
        public static T Times<TSimd, T>(T a, T gradient, T slope)
            where TSimd : struct, ISimd<T>
            where T : struct => TSimd.Select(TSimd.GreaterThan(a, TSimd.Broadcast(0)), gradient, TSimd.Multiply(slope, gradient));
    }
}
