using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Benchmarks;

/// <summary>The machine that is measured on, as Linux tells it in /proc.</summary>
internal static class Machine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Name of the processor.</summary>
    public static string ProcessorName =>
        Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Widest vectors, in bits, that .NET computes with here.</summary>
    public static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;

    /// <summary>Processor, cores, vectors, runtime: one line.</summary>
    public static string Description =>
        $"{ProcessorName}, {Environment.ProcessorCount} cores, {VectorBits}-bit vectors; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}";

    /// <summary>Most memory this process has held, in MiB.</summary>
    public static double PeakMiB() =>
        double.Parse(Line("/proc/self/status", "VmHWM")!.Split(' ')[0], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Waits until nine tenths of the processor time are idle, half a minute at most.</summary>
    /// <returns>Whether the machine became idle.</returns>
    public static bool WaitUntilIdle()
    {
        long start = TimeProvider.System.GetTimestamp();
        do
        {
            var (idle, all) = ProcessorTime();
            Thread.Sleep(500);
            var (idleAfter, allAfter) = ProcessorTime();
            if (idleAfter - idle >= 0.9 * (allAfter - all)) return true;
        }
        while (TimeProvider.System.GetElapsedTime(start) < Patience);
        return false;
    }

    // First line of /proc/stat: cpu user nice system idle iowait irq softirq steal …, in ticks since the start.
    private static (long Idle, long All) ProcessorTime()
    {
        using var stat = new StreamReader("/proc/stat");
        long[] ticks = [.. stat.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(t => long.Parse(t, CultureInfo.InvariantCulture))];
        return (ticks[3] + ticks[4], ticks.Sum());
    }

    private static string? Line(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}
