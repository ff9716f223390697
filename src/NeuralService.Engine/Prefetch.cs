using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralService.Engine;

/// <summary>Asks for memory before it is needed. This is the engine's only unsafe code: an address is formed, and never read or written through.</summary>
internal static class Prefetch
{
    /// <summary>Floats of a cache line.</summary>
    public const int Line = 16;

    /// <summary>Asks for neighbouring cache lines, for the second-level cache.</summary>
    /// <param name="first">An element of the first line.</param>
    /// <param name="count">How many lines.</param>
    /// <returns>The element behind the last line.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ref float Lines(ref float first, nint count)
    {
        if (!Sse.IsSupported) return ref first;
        for (; count > 0; count--)
        {
            Sse.Prefetch1(Unsafe.AsPointer(ref first));
            first = ref Unsafe.Add(ref first, Line);
        }

        return ref first;
    }

    /// <summary>Asks for one cache line of each of eight rows that lie anywhere, for the second-level cache.</summary>
    /// <param name="values">Where the offsets count from.</param>
    /// <param name="offsets">Offsets of the eight rows.</param>
    /// <param name="at">Where in each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void EightRows(ref float values, ref nint offsets, nint at)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, offsets + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 1) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 2) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 3) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 4) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 5) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 6) + at)));
        Sse.Prefetch1(Unsafe.AsPointer(ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, 7) + at)));
    }
}
