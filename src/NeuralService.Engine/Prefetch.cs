using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralService.Engine;

/// <summary>Asks for memory before it is needed. This is the engine's only unsafe code: an address is formed, and never read or written through.</summary>
internal static class Prefetch
{
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
