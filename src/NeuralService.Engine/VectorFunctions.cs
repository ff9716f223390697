using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralService.Engine;

/// <summary>
/// exp, log, tanh and sigmoid in float32 for vectors of any width. As in <see cref="Elementary"/>, every step is rounded by IEEE 754 lane by lane, so that
/// the bits are the same for every width and on every processor (design law 3), and there is no branch.
/// </summary>
internal static class VectorFunctions
{
    // 1.5·2²³: the sum with it is rounded to an integer, ties to even, and subtracting it again leaves that integer.
    private const float Rounder = 12582912;

    // 1/ln 2; and ln 2 in two parts, of which the first has ten bits, so that n·Ln2High is exact.
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x; error below EXPULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        x = TSimd.Min(TSimd.Broadcast(89), TSimd.Max(TSimd.Broadcast(-104), x));

        // x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n · e^r.
        T rounder = TSimd.Broadcast(Rounder);
        T n = TSimd.Subtract(TSimd.FusedMultiplyAdd(x, TSimd.Broadcast(Log2E), rounder), rounder);
        T r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(-Ln2High), x);
        r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(-Ln2Low), r);

        T p = TSimd.Broadcast(0.00138210272f);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.00836867187f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.0416682623f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.166665211f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.49999994f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1));
        return TSimd.Scale(p, n);
    }

    /// <summary>ln x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        // x = m·2^e with ¾ ≤ m < 1½, so ln x = e·ln 2 + ln(1 + f) with f = m − 1, which is exact.
        T f = TSimd.Subtract(TSimd.Mantissa(x, out T e), TSimd.Broadcast(1));

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

    /// <summary>tanh</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T a = TSimd.Min(TSimd.Broadcast(10), TSimd.Abs(x));

        T a2 = TSimd.Multiply(a, a);
        T near = TSimd.Broadcast(0.0164378472f);
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(-0.0526720025f));
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(0.133207291f));
        near = TSimd.FusedMultiplyAdd(near, a2, TSimd.Broadcast(-0.333329469f));
        near = TSimd.FusedMultiplyAdd(near, TSimd.Multiply(a2, a), a);

        T shift = TSimd.Broadcast(SimdBits.PowerOfTwo);
        T t = TSimd.FusedMultiplyAdd(a, TSimd.Broadcast(2 * Log2E), shift);
        T r = TSimd.FusedMultiplyAdd(TSimd.Subtract(t, shift), TSimd.Broadcast(-Ln2 / 2), a);
        T one = TSimd.Broadcast(1);
        T p = TSimd.Broadcast(0.264420599f);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(0.670295894f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.33344436f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.99996769f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(1.99999917f));
        p = TSimd.FusedMultiplyAdd(p, r, one);
        T far = TSimd.Subtract(one, TSimd.Divide(TSimd.Broadcast(2), TSimd.FusedMultiplyAdd(p, TSimd.ShiftLeft(t, 23), one)));

        return TSimd.CopySign(TSimd.Select(TSimd.GreaterThan(a, TSimd.Broadcast(0.55f)), far, near), x);
    }

    /// <summary>sigmoid</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<TSimd, T>(T x)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T a = TSimd.Min(TSimd.Broadcast(104), TSimd.Abs(x));

        T rounder = TSimd.Broadcast(Rounder);
        T n = TSimd.Subtract(rounder, TSimd.FusedMultiplyAdd(a, TSimd.Broadcast(Log2E), rounder));
        T r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(Ln2High), a);
        r = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(Ln2Low), r);

        T two = TSimd.Broadcast(2);
        T p = TSimd.Broadcast(2 * 0.00138210272f);
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * 0.00836867187f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * 0.0416682623f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * 0.166665211f));
        p = TSimd.FusedMultiplyAdd(p, r, TSimd.Broadcast(2 * 0.49999994f));
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
