using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Engine;

/// <summary>Rule by which a gradient changes the parameters.</summary>
public enum OptimizerType
{
    /// <summary>Gradient descent, with momentum and Nesterov's form of it.</summary>
    Sgd,

    /// <summary>RMSprop (Hinton 2012), plain or centered.</summary>
    RmsProp,

    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    AdamW,

    /// <summary>The perceptron learning rule, row by row (lecture S02); not a gradient method.</summary>
    Perceptron,
}

/// <summary>An optimizer's settings; those that its type does not use are ignored.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Which rule.</summary>
    public OptimizerType Type { get; init; } = OptimizerType.Adam;

    /// <summary>η, before the schedule.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>μ of sgd and rmsProp.</summary>
    public double Momentum { get; init; }

    /// <summary>Nesterov's momentum, for sgd.</summary>
    public bool Nesterov { get; init; }

    /// <summary>α of rmsProp: how much of the mean square is kept in a step.</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>ε of rmsProp, adam and adamW.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Centered rmsProp: divides by the deviation instead of the root mean square.</summary>
    public bool Centered { get; init; }

    /// <summary>β₁ of adam and adamW.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂ of adam and adamW.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>λ: added to the gradient as λ·w (adamW: taken off the weight as η·λ·w), on weights and biases.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>Optimizer steps, by PyTorch's formulas, in one walk over parameters, gradient and float32 moments of the same layout.</summary>
internal sealed class Optimizer
{
    // A moment that decays would pass through the subnormal numbers, on which processors are several times slower. Below these limits nothing reaches a weight:
    // a first moment is set to 0, and a mean square is kept above.
    private const float LeastMoment = 1e-30f, LeastSquare = 1e-35f;

    private readonly OptimizerSettings _settings;
    private readonly AlignedFloats? _first, _second, _mean;
    private long _steps;
    private StepConstants _constants;

    /// <param name="settings">The rule.</param>
    /// <param name="length">Number of parameters.</param>
    public Optimizer(OptimizerSettings settings, int length)
    {
        _settings = settings;
        bool adam = settings.Type is OptimizerType.Adam or OptimizerType.AdamW;
        if (adam || settings.Momentum != 0) _first = new AlignedFloats(length);
        if (adam || settings.Type == OptimizerType.RmsProp) _second = new AlignedFloats(length);
        if (settings is { Type: OptimizerType.RmsProp, Centered: true }) _mean = new AlignedFloats(length);
    }

    /// <summary>Begins the next step, which <see cref="Apply"/> then makes part by part.</summary>
    /// <param name="learningRate">η of this step.</param>
    public void Begin(double learningRate)
    {
        _steps++;
        var s = _settings;
        bool adam = s.Type is OptimizerType.Adam or OptimizerType.AdamW;
        _constants = new StepConstants
        {
            Rate = (float)(adam ? learningRate / (1 - Elementary.Power(s.Beta1, _steps)) : learningRate),
            Decay = s.Type == OptimizerType.AdamW ? 0 : (float)s.WeightDecay,
            Keep = s.Type == OptimizerType.AdamW ? (float)(1 - learningRate * s.WeightDecay) : 1,
            Momentum = _steps == 1 && s.Type == OptimizerType.Sgd ? 0 : (float)s.Momentum, // the first step's velocity is the gradient itself
            Lookahead = s.Nesterov ? (float)s.Momentum : 0,
            Beta1 = (float)(adam ? s.Beta1 : s.Alpha),
            Rest1 = (float)(1 - (adam ? s.Beta1 : s.Alpha)),
            Beta2 = (float)(adam ? s.Beta2 : s.Alpha),
            Rest2 = (float)(1 - (adam ? s.Beta2 : s.Alpha)),
            RootScale = adam ? (float)(1 / Math.Sqrt(1 - Elementary.Power(s.Beta2, _steps))) : 1,
            Epsilon = (float)s.Epsilon,
        };
    }

    /// <summary>Changes some parameters by the rule.</summary>
    /// <param name="w">All parameters.</param>
    /// <param name="g">The gradient of those that are changed.</param>
    /// <param name="start">The first that is changed.</param>
    public void Apply(Span<float> w, ReadOnlySpan<float> g, int start)
    {
        int length = g.Length;
        var part = new Part(w.Slice(start, length), g, PartOf(_first), PartOf(_second), PartOf(_mean));
        int done = 0;
        if (Vector512.IsHardwareAccelerated) done = Apply<Simd512, Vector512<float>>(part, 0);
        else if (Vector256.IsHardwareAccelerated) done = Apply<Simd256, Vector256<float>>(part, 0);
        if (Vector128.IsHardwareAccelerated) done = Apply<Simd128, Vector128<float>>(part, done);
        Apply<SimdScalar, float>(part, done);

        Span<float> PartOf(AlignedFloats? moments) => moments is null ? [] : moments.Span.Slice(start, length);
    }

    private int Apply<TSimd, T>(in Part part, int from)
        where TSimd : struct, ISimd<T>
        where T : struct => part.Length - from < TSimd.Width ? from : _settings.Type switch
        {
            OptimizerType.Sgd => _settings.Momentum == 0 ? Descent<TSimd, T>(_constants, part, from) : Momentum<TSimd, T>(_constants, part, from),
            OptimizerType.RmsProp => RmsProp<TSimd, T>(_constants, part, from, _mean is not null, _first is not null),
            OptimizerType.Adam or OptimizerType.AdamW => Adam<TSimd, T>(_constants, part, from),
            _ => throw new InvalidOperationException($"{_settings.Type} is not a gradient method."),
        };

    // g ← g + λw; w ← w − η·g.
    private static int Descent<TSimd, T>(in StepConstants constants, in Part part, int from)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T rate = TSimd.Broadcast(-constants.Rate), decay = TSimd.Broadcast(constants.Decay);
        nint i = from;
        for (; i <= part.Length - TSimd.Width; i += TSimd.Width)
        {
            T w = TSimd.Load(ref part.W, i), g = TSimd.FusedMultiplyAdd(decay, w, TSimd.Load(ref part.G, i));
            TSimd.Store(TSimd.FusedMultiplyAdd(rate, g, w), ref part.W, i);
        }

        return (int)i;
    }

    // g ← g + λw; b ← μb + g (first step: b = g); w ← w − η·b, with Nesterov w ← w − η·(g + μb).
    private static int Momentum<TSimd, T>(in StepConstants constants, in Part part, int from)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T rate = TSimd.Broadcast(-constants.Rate), decay = TSimd.Broadcast(constants.Decay), momentum = TSimd.Broadcast(constants.Momentum);
        T lookahead = TSimd.Broadcast(constants.Lookahead);
        bool nesterov = constants.Lookahead != 0;
        nint i = from;
        for (; i <= part.Length - TSimd.Width; i += TSimd.Width)
        {
            T w = TSimd.Load(ref part.W, i), g = TSimd.FusedMultiplyAdd(decay, w, TSimd.Load(ref part.G, i));
            T b = Flush<TSimd, T>(TSimd.FusedMultiplyAdd(momentum, TSimd.Load(ref part.First, i), g));
            TSimd.Store(b, ref part.First, i);
            T step = nesterov ? TSimd.FusedMultiplyAdd(lookahead, b, g) : b;
            TSimd.Store(TSimd.FusedMultiplyAdd(rate, step, w), ref part.W, i);
        }

        return (int)i;
    }

    // s ← αs + (1 − α)g²; centered: m ← αm + (1 − α)g and s − m² in place of s; step = g / (√s + ε), with momentum b ← μb + step.
    private static int RmsProp<TSimd, T>(in StepConstants constants, in Part part, int from, bool centered, bool momentum)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T rate = TSimd.Broadcast(-constants.Rate), decay = TSimd.Broadcast(constants.Decay), mu = TSimd.Broadcast(constants.Momentum);
        T alpha = TSimd.Broadcast(constants.Beta2), rest = TSimd.Broadcast(constants.Rest2), epsilon = TSimd.Broadcast(constants.Epsilon), zero = TSimd.Broadcast(0);
        T least = TSimd.Broadcast(LeastSquare);
        nint i = from;
        for (; i <= part.Length - TSimd.Width; i += TSimd.Width)
        {
            T w = TSimd.Load(ref part.W, i), g = TSimd.FusedMultiplyAdd(decay, w, TSimd.Load(ref part.G, i)), share = TSimd.Multiply(rest, g);
            T square = TSimd.FusedMultiplyAdd(alpha, TSimd.Load(ref part.Second, i), TSimd.FusedMultiplyAdd(share, g, least));
            TSimd.Store(square, ref part.Second, i);
            if (centered)
            {
                T mean = Flush<TSimd, T>(TSimd.FusedMultiplyAdd(alpha, TSimd.Load(ref part.Mean, i), share));
                TSimd.Store(mean, ref part.Mean, i);
                square = TSimd.Subtract(square, TSimd.Multiply(mean, mean));
                square = TSimd.Select(TSimd.GreaterThan(zero, square), zero, square); // rounding may make it a little negative
            }

            T step = TSimd.Divide(g, TSimd.Add(TSimd.SquareRoot(square), epsilon));
            if (momentum)
            {
                step = Flush<TSimd, T>(TSimd.FusedMultiplyAdd(mu, TSimd.Load(ref part.First, i), step));
                TSimd.Store(step, ref part.First, i);
            }

            TSimd.Store(TSimd.FusedMultiplyAdd(rate, step, w), ref part.W, i);
        }

        return (int)i;
    }

    // m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε), adamW: from (1 − ηλ)·w.
    private static int Adam<TSimd, T>(in StepConstants constants, in Part part, int from)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T rate = TSimd.Broadcast(-constants.Rate), decay = TSimd.Broadcast(constants.Decay), keep = TSimd.Broadcast(constants.Keep);
        T beta1 = TSimd.Broadcast(constants.Beta1), rest1 = TSimd.Broadcast(constants.Rest1);
        T beta2 = TSimd.Broadcast(constants.Beta2), rest2 = TSimd.Broadcast(constants.Rest2);
        T rootScale = TSimd.Broadcast(constants.RootScale), epsilon = TSimd.Broadcast(constants.Epsilon);
        T least = TSimd.Broadcast(LeastSquare);
        nint i = from;
        for (; i <= part.Length - TSimd.Width; i += TSimd.Width)
        {
            T w = TSimd.Load(ref part.W, i), g = TSimd.FusedMultiplyAdd(decay, w, TSimd.Load(ref part.G, i));
            T m = Flush<TSimd, T>(TSimd.FusedMultiplyAdd(beta1, TSimd.Load(ref part.First, i), TSimd.Multiply(rest1, g)));
            T v = TSimd.FusedMultiplyAdd(beta2, TSimd.Load(ref part.Second, i), TSimd.FusedMultiplyAdd(TSimd.Multiply(rest2, g), g, least));
            TSimd.Store(m, ref part.First, i);
            TSimd.Store(v, ref part.Second, i);
            T ratio = TSimd.Divide(m, TSimd.FusedMultiplyAdd(TSimd.SquareRoot(v), rootScale, epsilon));
            TSimd.Store(TSimd.FusedMultiplyAdd(rate, ratio, TSimd.Multiply(keep, w)), ref part.W, i);
        }

        return (int)i;
    }

    // NaN stays, so that a diverged training is seen.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Flush<TSimd, T>(T moment)
        where TSimd : struct, ISimd<T>
        where T : struct =>
        TSimd.Select(TSimd.GreaterThan(TSimd.Broadcast(LeastMoment), TSimd.Abs(moment)), TSimd.Broadcast(0), moment);

    /// <summary>What a step computes once.</summary>
    private struct StepConstants
    {
        public float Rate, Decay, Keep, Momentum, Lookahead, Beta1, Rest1, Beta2, Rest2, RootScale, Epsilon;
    }

    /// <summary>Some parameters with their gradient and moments; slices of equal length, which is what the walks rely on.</summary>
    private readonly ref struct Part(Span<float> w, ReadOnlySpan<float> g, Span<float> first, Span<float> second, Span<float> mean)
    {
        public readonly ref float W = ref MemoryMarshal.GetReference(w), G = ref MemoryMarshal.GetReference(g);
        public readonly ref float First = ref MemoryMarshal.GetReference(first), Second = ref MemoryMarshal.GetReference(second), Mean = ref MemoryMarshal.GetReference(mean);
        public readonly nint Length = w.Length;
    }
}
