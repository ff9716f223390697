using System.Runtime.CompilerServices;

namespace NeuralService.Engine;

/// <summary>Two vectors side by side: a broadcast number then serves both, which is what brings a tile of a product to the processor's peak.</summary>
internal readonly struct Twice<TSimd, T> : IColumns<Pair<T>>
    where TSimd : struct, ISimd<T>
    where T : struct
{
    public static int Width => 2 * TSimd.Width;

    // 8 rows of pairs are 16 sums: AVX-512 has 32 registers, AVX2 and SSE have 16.
    public static int TileRows => TSimd.Width == 16 ? 8 : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Load(ref float source, nint offset) => new(TSimd.Load(ref source, offset), TSimd.Load(ref source, offset + TSimd.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<T> value, ref float destination, nint offset)
    {
        TSimd.Store(value.One, ref destination, offset);
        TSimd.Store(value.Two, ref destination, offset + TSimd.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Broadcast(float value)
    {
        T v = TSimd.Broadcast(value);
        return new(v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Add(Pair<T> a, Pair<T> b) => new(TSimd.Add(a.One, b.One), TSimd.Add(a.Two, b.Two));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> FusedMultiplyAdd(Pair<T> a, Pair<T> b, Pair<T> c) =>
        new(TSimd.FusedMultiplyAdd(a.One, b.One, c.One), TSimd.FusedMultiplyAdd(a.Two, b.Two, c.Two));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> GreaterThan(Pair<T> a, Pair<T> b) => new(TSimd.GreaterThan(a.One, b.One), TSimd.GreaterThan(a.Two, b.Two));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Select(Pair<T> mask, Pair<T> a, Pair<T> b) => new(TSimd.Select(mask.One, a.One, b.One), TSimd.Select(mask.Two, a.Two, b.Two));
}

/// <summary>Two vectors.</summary>
internal readonly struct Pair<T>(T one, T two)
    where T : struct
{
    public readonly T One = one, Two = two;
}
