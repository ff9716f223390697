using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>How many fused multiply-adds a second the processor does when nothing else is asked of it: the limit that kernels are held against.</summary>
/// <remarks>
/// Chains that do not depend on each other, all in registers: no loads, no stores. Twelve hide the latency on processors with two units, sixteen are there for
/// those with four. Every vector width is tried and the best of several bursts counts.
/// </remarks>
internal static class FmaPeak
{
    private const int Bursts = 7;
    private const int Iterations = 2_000_000; // a burst of 10 to 50 ms

    private static float s_sink; // what the chains end with is used, so that they are not left out

    /// <summary>Prints the peak for the numbers of threads.</summary>
    public static int Run(string[] args)
    {
        Console.WriteLine(Machine.Description);
        foreach (int threads in new Arguments(args, "threads").Numbers("threads", "1,2")) Console.WriteLine($"{Contestant.Count(threads)}: {Measure(threads):F1} GFLOP/s");
        return 0;
    }

    /// <summary>GFLOP/s over all threads, a fused multiply-add counted as two.</summary>
    public static double Measure(int threads)
    {
        double best = 0;
        for (int burst = 0; burst < Bursts; burst++)
        {
            if (Vector512.IsHardwareAccelerated) best = Math.Max(best, BestOf<Simd512, Vector512<float>>(threads));
            if (Vector256.IsHardwareAccelerated) best = Math.Max(best, BestOf<Simd256, Vector256<float>>(threads));
            best = Math.Max(best, BestOf<Simd128, Vector128<float>>(threads));
        }

        return best;
    }

    private static double BestOf<TSimd, T>(int threads)
        where TSimd : struct, ISimd<T>
        where T : struct =>
        Math.Max(Rate(threads, 12 * TSimd.Width, Twelve<TSimd, T>), Rate(threads, 16 * TSimd.Width, Sixteen<TSimd, T>));

    // All threads start together; the slowest counts.
    private static double Rate(int threads, int perIteration, Func<int, float> chains)
    {
        double[] seconds = new double[threads];
        using var together = new Barrier(threads);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            float sum = chains(1000);
            together.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            sum += chains(Iterations);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Volatile.Write(ref s_sink, sum);
        }))];
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return 2.0 * perIteration * Iterations * threads / seconds.Max() / 1e9;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Twelve<TSimd, T>(int iterations)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T x = TSimd.Broadcast(0.999f), y = TSimd.Broadcast(0.001f);
        T a = y, b = TSimd.Add(a, y), c = TSimd.Add(b, y), d = TSimd.Add(c, y), e = TSimd.Add(d, y), f = TSimd.Add(e, y);
        T g = TSimd.Add(f, y), h = TSimd.Add(g, y), i = TSimd.Add(h, y), j = TSimd.Add(i, y), k = TSimd.Add(j, y), l = TSimd.Add(k, y);
        for (int n = 0; n < iterations; n++)
        {
            a = TSimd.FusedMultiplyAdd(a, x, y);
            b = TSimd.FusedMultiplyAdd(b, x, y);
            c = TSimd.FusedMultiplyAdd(c, x, y);
            d = TSimd.FusedMultiplyAdd(d, x, y);
            e = TSimd.FusedMultiplyAdd(e, x, y);
            f = TSimd.FusedMultiplyAdd(f, x, y);
            g = TSimd.FusedMultiplyAdd(g, x, y);
            h = TSimd.FusedMultiplyAdd(h, x, y);
            i = TSimd.FusedMultiplyAdd(i, x, y);
            j = TSimd.FusedMultiplyAdd(j, x, y);
            k = TSimd.FusedMultiplyAdd(k, x, y);
            l = TSimd.FusedMultiplyAdd(l, x, y);
        }

        return First<TSimd, T>(Sum<TSimd, T>(Sum<TSimd, T>(a, b, c, d), Sum<TSimd, T>(e, f, g, h), Sum<TSimd, T>(i, j, k, l), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sixteen<TSimd, T>(int iterations)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        T x = TSimd.Broadcast(0.999f), y = TSimd.Broadcast(0.001f);
        T a = y, b = TSimd.Add(a, y), c = TSimd.Add(b, y), d = TSimd.Add(c, y), e = TSimd.Add(d, y), f = TSimd.Add(e, y);
        T g = TSimd.Add(f, y), h = TSimd.Add(g, y), i = TSimd.Add(h, y), j = TSimd.Add(i, y), k = TSimd.Add(j, y), l = TSimd.Add(k, y);
        T m = TSimd.Add(l, y), o = TSimd.Add(m, y), p = TSimd.Add(o, y), q = TSimd.Add(p, y);
        for (int n = 0; n < iterations; n++)
        {
            a = TSimd.FusedMultiplyAdd(a, x, y);
            b = TSimd.FusedMultiplyAdd(b, x, y);
            c = TSimd.FusedMultiplyAdd(c, x, y);
            d = TSimd.FusedMultiplyAdd(d, x, y);
            e = TSimd.FusedMultiplyAdd(e, x, y);
            f = TSimd.FusedMultiplyAdd(f, x, y);
            g = TSimd.FusedMultiplyAdd(g, x, y);
            h = TSimd.FusedMultiplyAdd(h, x, y);
            i = TSimd.FusedMultiplyAdd(i, x, y);
            j = TSimd.FusedMultiplyAdd(j, x, y);
            k = TSimd.FusedMultiplyAdd(k, x, y);
            l = TSimd.FusedMultiplyAdd(l, x, y);
            m = TSimd.FusedMultiplyAdd(m, x, y);
            o = TSimd.FusedMultiplyAdd(o, x, y);
            p = TSimd.FusedMultiplyAdd(p, x, y);
            q = TSimd.FusedMultiplyAdd(q, x, y);
        }

        return First<TSimd, T>(Sum<TSimd, T>(Sum<TSimd, T>(a, b, c, d), Sum<TSimd, T>(e, f, g, h), Sum<TSimd, T>(i, j, k, l), Sum<TSimd, T>(m, o, p, q)));
    }

    private static T Sum<TSimd, T>(T a, T b, T c, T d)
        where TSimd : struct, ISimd<T>
        where T : struct => TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d));

    private static float First<TSimd, T>(T value)
        where TSimd : struct, ISimd<T>
        where T : struct
    {
        Span<float> lanes = stackalloc float[TSimd.Width];
        TSimd.Store(value, ref lanes[0], 0);
        return lanes[0];
    }
}
