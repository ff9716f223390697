using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralService.Engine;

/// <summary>
/// exp, log, tanh and sigmoid in float32 for vectors of any width. As in <see cref="Elementary"/>, every step is rounded by IEEE 754 lane by lane, so that
/// the bits are the same for every width and on every processor (design law 3); there is no branch. NaN gives NaN.
/// </summary>
/// <remarks>
/// The errors stated are the largest over every float, in units in the last place of the true value. The polynomials are minimax fits (Lawson's algorithm),
/// rounded to float32 from the lowest coefficient up, those above fitted anew each time; their errors are stated with the rounded coefficients.
/// </remarks>
internal static class VectorFunctions
{
    // 1.5·2²³: the sum with it is rounded to an integer, ties to even, and subtracting it again leaves that integer.
    private const float Rounder = 12582912;

    // log₂ e; ln 2; and ln 2 in two parts, of which the first has ten bits, so that n·Ln2High is exact.
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // e^r = 1 + r + r²·(E2 + E3·r + … + E6·r⁴) for |r| ≤ ln 2 / 2, relative error 3.2e-9.
    private const float E2 = 0.49999994f;
    private const float E3 = 0.166665211f;
    private const float E4 = 0.0416682623f;
    private const float E5 = 0.00836867187f;
    private const float E6 = 0.00138210272f;

    /// <summary>
    /// e^x, within 0.902 units (at −59.26467). Exactly 1 at 0; infinity from 88.72284 on, the first float whose e^x is out of range; below −87.33 subnormal
    /// numbers, rounded once; 0 from −103.972084 down.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        // Beyond these limits the result is infinity or 0 as at them.
        x = TSimd.Min(TSimd.Broadcast(89), TSimd.Max(TSimd.Broadcast(-104), x));

        // x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n · e^r.
        T rounder = TSimd.Broadcast(Rounder);
        T n = TSimd.Subtract(TSimd.FusedMultiplyAdd(x, TSimd.Broadcast(Log2E), rounder), rounder);
        T r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(-Ln2High), x);
        r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(-Ln2Low), r);

        T p = TSimd.Broadcast(E6);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(E5));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(E4));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(E3));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(E2));
        T one = TSimd.Broadcast(1);
        p = TSimd.FusedMultiplyAdd(p, r, one);
        p = TSimd.FusedMultiplyAdd(p, r, one);
        return TSimd.Scale(p, n);
    }

    /// <summary>
    /// Natural logarithm, within 1.138 units (at 0.73988664), of subnormal numbers too. −infinity at 0 and −0, exactly 0 at 1, infinity at infinity, NaN
    /// below 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        // x = m·2^e with ¾ ≤ m < 1½, so ln x = e·ln 2 + ln(1 + f) with f = m − 1, which is exact.
        T f = TSimd.Subtract(TSimd.Mantissa(x, out T e), TSimd.Broadcast(1));

        // ln(1 + f) = f + f²·p(f), relative error 2.8e-8. For e ≠ 0 the sum is at least 0.34, and ln 2 as one float is accurate enough.
        T p = TSimd.Broadcast(0.0541310571f);
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(-0.120658942f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(0.149824291f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(-0.168225124f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(0.19977209f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(-0.249934837f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(0.333335459f));
        p = TSimd.FusedMultiplyAdd(p, f, TSimd.Broadcast(-0.500000596f));
        p = TSimd.FusedMultiplyAdd(p, TSimd.Multiply(f, f), f);
        return TSimd.FusedMultiplyAdd(e, TSimd.Broadcast(Ln2), p);
    }

    /// <summary>
    /// tanh x, within 1.763 units (at 0.56341314; 1.26 units below 9/16). Odd to the bit, −0 at −0; x itself while |x| &lt; 3.4e-4, subnormal numbers
    /// among them; ±1 from |x| = 9.01 on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T a = TSimd.Min(TSimd.Broadcast(10), TSimd.Abs(x));

        // Up to 9/16: a + a³·p(a²), relative error 4.6e-8.
        T a2 = TSimd.Multiply(a, a);
        T near = TSimd.Broadcast(0.0162310041f);
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(-0.0525639728f));
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(0.133190587f));
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(-0.333328754f));
        near = TSimd.FusedMultiplyAdd(near, TSimd.Multiply(a2, a), a);

        // Above, where tanh > ½: 1 − 2/(e^2a + 1), with 2a = n·ln 2 + 2r, so e^2a = 2^n · e^2r. The fit is of the error it leaves in tanh, 2.9e-8; the part
        // next to 9/16 weighs up to double, as there the rounding errors are largest. t holds n, and its low bits become 2^n.
        T shift = TSimd.Broadcast(SimdBits.PowerOfTwo);
        T t = TSimd.FusedMultiplyAdd(a, TSimd.Broadcast(2 * Log2E), shift);
        T r = TSimd.FusedMultiplyAdd(TSimd.Subtract(t, shift), TSimd.Broadcast(-Ln2 / 2), a);
        T one = TSimd.Broadcast(1);
        T p = TSimd.Broadcast(0.263604254f);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.670226634f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.33347952f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.99996948f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.99999881f));
        p = TSimd.FusedMultiplyAdd(p, r, one);
        T far = TSimd.Subtract(one, TSimd.Divide(TSimd.Broadcast(2), TSimd.FusedMultiplyAdd(p, TSimd.ShiftLeft(t, 23), one)));

        return TSimd.CopySign(TSimd.Select(TSimd.GreaterThan(a, TSimd.Broadcast(0.5625f)), far, near), x);
    }

    /// <summary>
    /// 1 / (1 + e^−x), within 2 units: 1.9991 just below 0 (at −0.00034499), 1.5 above 0. Exactly ½ at 0; 1 from 17.33 on; below −87.33 subnormal numbers,
    /// rounded once; 0 from −103.972084 down.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        // With a = |x| = −n·ln 2 + r: σ(−a) = 1 / (1 + e^a) = 2^n / (2^n + e^r), and σ(a) = 1 − σ(−a).
        T a = TSimd.Min(TSimd.Broadcast(104), TSimd.Abs(x));
        T rounder = TSimd.Broadcast(Rounder);
        T n = TSimd.Subtract(rounder, TSimd.FusedMultiplyAdd(a, TSimd.Broadcast(Log2E), rounder));
        T r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(Ln2High), a);
        r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(Ln2Low), r);

        // Numerator and denominator are taken twice, so that 2·2^n is exact down to the last n, −150: σ(−a) = s / (s + r·p + 2), where e^r = 1 + r·p/2.
        T two = TSimd.Broadcast(2);
        T p = TSimd.Broadcast(2 * E6);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * E5));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * E4));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * E3));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * E2));
        p = TSimd.FusedMultiplyAdd(p, r, two);

        T s = TSimd.Scale(two, n);
        T below = TSimd.Divide(s, TSimd.Add(TSimd.FusedMultiplyAdd(p, r, s), two));
        return TSimd.Select(TSimd.GreaterThan(x, TSimd.Broadcast(0)), TSimd.Subtract(TSimd.Broadcast(1), below), below);
    }

    /// <summary>e^x in place of every x.</summary>
    public static void Exp<TSimd, T>(Span<float> values)
        where TSimd : struct, ISimd<T>
        where T : struct => Apply<ExpOf, TSimd, T>(values);

    /// <summary>ln x in place of every x.</summary>
    public static void Log<TSimd, T>(Span<float> values)
        where TSimd : struct, ISimd<T>
        where T : struct => Apply<LogOf, TSimd, T>(values);

    /// <summary>tanh x in place of every x.</summary>
    public static void Tanh<TSimd, T>(Span<float> values)
        where TSimd : struct, ISimd<T>
        where T : struct => Apply<TanhOf, TSimd, T>(values);

    /// <summary>The sigmoid of x in place of every x.</summary>
    public static void Sigmoid<TSimd, T>(Span<float> values)
        where TSimd : struct, ISimd<T>
        where T : struct => Apply<SigmoidOf, TSimd, T>(values);

    // A short row goes number by number, with the same bits.
    private static void Apply<TFunction, TSimd, T>(Span<float> values)
        where TFunction : struct, IFunction
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        nint last = values.Length - TSimd.Width;
        if (last < 0)
        {
            foreach (ref float v in values) v = TFunction.Of<SimdScalar, float>(v);
            return;
        }

        // The last vector may overlap the one before it: it is taken from the values before any is replaced.
        T end = TFunction.Of<TSimd, T>(TSimd.Load(ref first, last));
        for (nint i = 0; i < last; i += TSimd.Width) TSimd.Store(TFunction.Of<TSimd, T>(TSimd.Load(ref first, i)), ref first, i);
        TSimd.Store(end, ref first, last);
    }

    private interface IFunction
    {
        static abstract T Of<TSimd, T>(T x)
            where TSimd : struct, ISimd<T>
            where T : struct;
    }

    private readonly struct ExpOf : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<TSimd, T>(T x)
            where TSimd : struct, ISimd<T>
            where T : struct => Exp<TSimd, T>(x);
    }

    private readonly struct LogOf : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<TSimd, T>(T x)
            where TSimd : struct, ISimd<T>
            where T : struct => Log<TSimd, T>(x);
    }

    private readonly struct TanhOf : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<TSimd, T>(T x)
            where TSimd : struct, ISimd<T>
            where T : struct => Tanh<TSimd, T>(x);
    }

    private readonly struct SigmoidOf : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<TSimd, T>(T x)
            where TSimd : struct, ISimd<T>
            where T : struct => Sigmoid<TSimd, T>(x);
    }
}
