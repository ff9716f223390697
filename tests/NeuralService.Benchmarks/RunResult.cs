using System.Text.Json;

namespace NeuralService.Benchmarks;

/// <summary>What one process reports of a workload, this engine's and a peer's alike: one line of JSON.</summary>
/// <param name="Seconds">Time of each training, without start, data and evaluation.</param>
/// <param name="CpuSeconds">Processor time of each, over all threads.</param>
/// <param name="PeakMiB">Most memory that the process ever held (VmHWM).</param>
/// <param name="TestError">Share, in percent, of test rows that the last trained network classifies wrongly; null without test rows.</param>
internal sealed record RunResult(double[] Seconds, double[] CpuSeconds, double PeakMiB, double? TestError)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>As one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>From what a process wrote; its last line counts.</summary>
    public static RunResult FromOutput(string output) => JsonSerializer.Deserialize<RunResult>(LastLine(output), Options)!;

    /// <summary>The last line that is not empty.</summary>
    public static string LastLine(string output) => output.TrimEnd().Split('\n')[^1];
}

/// <summary>The middle of measured values.</summary>
internal static class Statistics
{
    /// <summary>Median; the mean of the middle two of an even number.</summary>
    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
