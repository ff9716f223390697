using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralService.Engine;

/// <summary>
/// A vector of floats of one width, so that kernels and functions are written once and compiled for each width. Every operation here is rounded by IEEE 754
/// lane by lane, so the width changes no bit of a result (design law 3).
/// </summary>
/// <typeparam name="T">The vector.</typeparam>
internal interface ISimd<T> : IColumns<T>
    where T : struct
{
    static abstract T Subtract(T a, T b);

    static abstract T Multiply(T a, T b);

    static abstract T Divide(T a, T b);

    static abstract T SquareRoot(T a);

    static abstract T Abs(T a);

    /// <summary>The smaller of a and b; b where b is NaN. So the limit goes first, the number second.</summary>
    static abstract T Min(T a, T b);

    /// <summary>The larger of a and b; b where b is NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The magnitude of a with the sign of b.</summary>
    static abstract T CopySign(T a, T b);

    /// <summary>a·2^n for an integral n, −252 ≤ n ≤ 252, rounded once: to a subnormal number, 0 or infinity where it must be.</summary>
    static abstract T Scale(T a, T n);

    /// <summary>
    /// m and the integral e with a = m·2^e, ¾ ≤ m &lt; 1½, for subnormal numbers too. Zero has m = 1, e = −infinity; infinity m = 1, e = infinity; m is NaN for
    /// NaN and below zero.
    /// </summary>
    static abstract T Mantissa(T a, out T e);

    /// <summary>The bits of a, moved to the left by a count.</summary>
    static abstract T ShiftLeft(T a, int count);

    /// <summary>The bits that both have.</summary>
    static abstract T And(T a, T b);

    /// <summary>The bits of a as an integer, less those of b.</summary>
    static abstract T SubtractBits(T a, T b);

    /// <summary>The sign and exponent of a, read as one signed integer of nine bits, as a number.</summary>
    static abstract T HighBits(T a);
}

/// <summary>Neighbouring columns of a matrix in registers: one vector, or two side by side (<see cref="Twice{TSimd, T}"/>). What the tiles of a product need of them.</summary>
/// <typeparam name="T">The columns.</typeparam>
internal interface IColumns<T>
    where T : struct
{
    /// <summary>Number of columns (lanes).</summary>
    static abstract int Width { get; }

    /// <summary>Rows of a tile of a product: as many as leave its sums in registers.</summary>
    static abstract int TileRows { get; }

    /// <summary>The lanes that begin at an element.</summary>
    static abstract T Load(ref float source, nint offset);

    /// <summary>Writes the lanes from an element on.</summary>
    static abstract void Store(T value, ref float destination, nint offset);

    /// <summary>The same number in every lane.</summary>
    static abstract T Broadcast(float value);

    static abstract T Add(T a, T b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract T FusedMultiplyAdd(T a, T b, T c);

    /// <summary>All bits set in the lanes where a &gt; b, none elsewhere (as where one is NaN).</summary>
    static abstract T GreaterThan(T a, T b);

    /// <summary>The lanes of a where the mask's bits are set, those of b elsewhere.</summary>
    static abstract T Select(T mask, T a, T b);
}

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly struct Simd512 : ISimd<Vector512<float>>
{
    public static int Width => 16;

    public static int TileRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref float source, nint offset) => Vector512.LoadUnsafe(ref source, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ref float destination, nint offset) => value.StoreUnsafe(ref destination, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FusedMultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SquareRoot(Vector512<float> a) => Vector512.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GreaterThan(Vector512<float> a, Vector512<float> b) => Vector512.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Select(Vector512<float> mask, Vector512<float> a, Vector512<float> b) => Vector512.ConditionalSelect(mask, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> CopySign(Vector512<float> a, Vector512<float> b) => Vector512.CopySign(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Scale(Vector512<float> a, Vector512<float> n) =>
        Avx512F.IsSupported ? Avx512F.Scale(a, n) : SimdBits.Scale<Simd512, Vector512<float>>(a, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Mantissa(Vector512<float> a, out Vector512<float> e)
    {
        if (!Avx512F.IsSupported) return SimdBits.Mantissa<Simd512, Vector512<float>>(a, out e);

        var m = Avx512F.GetMantissa(a, 0b11_11); // from ¾ to 1½, NaN below zero
        e = Avx512F.GetExponent(a) - Avx512F.GetExponent(m);
        return m;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ShiftLeft(Vector512<float> a, int count) => (a.AsInt32() << count).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> And(Vector512<float> a, Vector512<float> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SubtractBits(Vector512<float> a, Vector512<float> b) => (a.AsInt32() - b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HighBits(Vector512<float> a) => Vector512.ConvertToSingle(a.AsInt32() >> 23);
}

/// <summary>Eight lanes: AVX2.</summary>
internal readonly struct Simd256 : ISimd<Vector256<float>>
{
    public static int Width => 8;

    public static int TileRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ref float source, nint offset) => Vector256.LoadUnsafe(ref source, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, ref float destination, nint offset) => value.StoreUnsafe(ref destination, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FusedMultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SquareRoot(Vector256<float> a) => Vector256.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Abs(Vector256<float> a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> GreaterThan(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Select(Vector256<float> mask, Vector256<float> a, Vector256<float> b) => Vector256.ConditionalSelect(mask, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> CopySign(Vector256<float> a, Vector256<float> b) => Vector256.CopySign(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Scale(Vector256<float> a, Vector256<float> n) => SimdBits.Scale<Simd256, Vector256<float>>(a, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Mantissa(Vector256<float> a, out Vector256<float> e) => SimdBits.Mantissa<Simd256, Vector256<float>>(a, out e);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ShiftLeft(Vector256<float> a, int count) => (a.AsInt32() << count).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> And(Vector256<float> a, Vector256<float> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SubtractBits(Vector256<float> a, Vector256<float> b) => (a.AsInt32() - b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> HighBits(Vector256<float> a) => Vector256.ConvertToSingle(a.AsInt32() >> 23);
}

/// <summary>Four lanes: SSE and Arm NEON.</summary>
internal readonly struct Simd128 : ISimd<Vector128<float>>
{
    public static int Width => 4;

    public static int TileRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(ref float source, nint offset) => Vector128.LoadUnsafe(ref source, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, ref float destination, nint offset) => value.StoreUnsafe(ref destination, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FusedMultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SquareRoot(Vector128<float> a) => Vector128.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Abs(Vector128<float> a) => Vector128.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> GreaterThan(Vector128<float> a, Vector128<float> b) => Vector128.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Select(Vector128<float> mask, Vector128<float> a, Vector128<float> b) => Vector128.ConditionalSelect(mask, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> CopySign(Vector128<float> a, Vector128<float> b) => Vector128.CopySign(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(Vector128<float> a, Vector128<float> n) => SimdBits.Scale<Simd128, Vector128<float>>(a, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Mantissa(Vector128<float> a, out Vector128<float> e) => SimdBits.Mantissa<Simd128, Vector128<float>>(a, out e);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ShiftLeft(Vector128<float> a, int count) => (a.AsInt32() << count).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> And(Vector128<float> a, Vector128<float> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SubtractBits(Vector128<float> a, Vector128<float> b) => (a.AsInt32() - b.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> HighBits(Vector128<float> a) => Vector128.ConvertToSingle(a.AsInt32() >> 23);
}

/// <summary>One lane, for processors without vectors.</summary>
internal readonly struct SimdScalar : ISimd<float>
{
    public static int Width => 1;

    public static int TileRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(ref float source, nint offset) => Unsafe.Add(ref source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, ref float destination, nint offset) => Unsafe.Add(ref destination, offset) = value;

    public static float Broadcast(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float FusedMultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    public static float SquareRoot(float a) => MathF.Sqrt(a);

    public static float Abs(float a) => MathF.Abs(a);

    public static float GreaterThan(float a, float b) => BitConverter.Int32BitsToSingle(a > b ? -1 : 0);

    public static float Select(float mask, float a, float b) => BitConverter.SingleToInt32Bits(mask) != 0 ? a : b;

    public static float Min(float a, float b) => float.MinNative(a, b);

    public static float Max(float a, float b) => float.MaxNative(a, b);

    public static float CopySign(float a, float b) => MathF.CopySign(a, b);

    public static float Scale(float a, float n) => SimdBits.Scale<SimdScalar, float>(a, n);

    public static float Mantissa(float a, out float e) => SimdBits.Mantissa<SimdScalar, float>(a, out e);

    public static float ShiftLeft(float a, int count) => FromBits(Bits(a) << count);

    public static float And(float a, float b) => FromBits(Bits(a) & Bits(b));

    public static float SubtractBits(float a, float b) => FromBits(Bits(a) - Bits(b));

    public static float HighBits(float a) => Bits(a) >> 23;

    private static int Bits(float a) => BitConverter.SingleToInt32Bits(a);

    private static float FromBits(int bits) => BitConverter.Int32BitsToSingle(bits);
}

/// <summary>What AVX-512 has as one instruction, from the bits of the numbers.</summary>
internal static class SimdBits
{
    /// <summary>1.5·2²³ + 127. Added to n it leaves n + 127 in the low bits, rounded to an integer; moved left by 23 these are the number 2^n.</summary>
    public const float PowerOfTwo = 12583039;

    /// <inheritdoc cref="ISimd{T}.Scale"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Scale<TSimd, T>(T a, T n)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        // 2^n may be out of range, so by two factors: 2^h with h = n/2 rounded, then 2^(n − h). Only the second product rounds, for a near 1.
        T shift = TSimd.Broadcast(PowerOfTwo);
        T half = TSimd.FusedMultiplyAdd(n, TSimd.Broadcast(0.5f), shift);
        T rest = TSimd.Add(TSimd.Subtract(n, TSimd.Subtract(half, shift)), shift);
        return TSimd.Multiply(TSimd.Multiply(a, TSimd.ShiftLeft(half, 23)), TSimd.ShiftLeft(rest, 23));
    }

    /// <inheritdoc cref="ISimd{T}.Mantissa"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Mantissa<TSimd, T>(T a, out T e)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T zero = TSimd.Broadcast(0), infinity = TSimd.Broadcast(float.PositiveInfinity);
        T subnormal = TSimd.GreaterThan(TSimd.Broadcast(1.17549435e-38f), a);
        T normal = TSimd.Select(subnormal, TSimd.Multiply(a, TSimd.Broadcast(16777216)), a);

        // The bits of a, less those of ¾, have e where the exponent is; they leave m if taken from the exponent of a.
        T bits = TSimd.SubtractBits(normal, TSimd.Broadcast(0.75f));
        T m = TSimd.SubtractBits(normal, TSimd.And(bits, TSimd.Broadcast(float.NegativeInfinity)));
        e = TSimd.Subtract(TSimd.HighBits(bits), TSimd.Select(subnormal, TSimd.Broadcast(24), zero));
        e = TSimd.Select(TSimd.GreaterThan(a, zero), e, TSimd.Broadcast(float.NegativeInfinity));
        e = TSimd.Select(TSimd.GreaterThan(a, TSimd.Broadcast(float.MaxValue)), infinity, e);

        // a·∞ is −∞ below zero, so that this difference is NaN, as it is for NaN (and keeps its bits, as the instruction does).
        T far = TSimd.Multiply(a, infinity);
        return TSimd.Select(TSimd.GreaterThan(a, TSimd.Broadcast(-float.Epsilon)), m, TSimd.Subtract(far, far));
    }
}
