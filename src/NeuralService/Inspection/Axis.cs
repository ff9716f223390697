namespace NeuralService.Inspection;

/// <summary>One axis of a picture: which values it spans, on which scale, and where its ticks are.</summary>
/// <param name="From">The value at its start.</param>
/// <param name="To">The value at its end, larger.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal ratios.</param>
/// <param name="Ticks">Values to mark, ascending.</param>
internal sealed record Axis(double From, double To, bool IsLogarithmic, IReadOnlyList<double> Ticks)
{
    private const int MostTicks = 8;

    /// <summary>An axis from one value to another, with ticks at round numbers between them.</summary>
    /// <param name="from">The smallest value.</param>
    /// <param name="to">The largest value.</param>
    /// <param name="leastStep">The smallest distance of two ticks: 1 for whole numbers.</param>
    public static Axis Exactly(double from, double to, double leastStep = 0)
    {
        if (to <= from) to = from + 1;
        double step = Step(to - from, leastStep);
        return new Axis(from, to, false, Between(Math.Ceiling(from / step - 1e-9) * step, to + step * 1e-9, step));
    }

    /// <summary>An axis that holds these values and begins and ends at a tick.</summary>
    public static Axis Around(double least, double most)
    {
        if (most <= least) (least, most) = least == 0 ? (0, 1) : (least - Math.Abs(least) / 2, least + Math.Abs(least) / 2);
        double step = Step(most - least, 0);
        double from = Math.Floor(least / step + 1e-9) * step, to = Math.Ceiling(most / step - 1e-9) * step;
        return new Axis(from, to, false, Between(from, to + step * 1e-9, step));
    }

    /// <summary>A logarithmic axis of whole decades that holds these values, both above 0.</summary>
    public static Axis Decades(double least, double most)
    {
        int from = (int)Math.Floor(Math.Log10(least)), to = Math.Max(from + 1, (int)Math.Ceiling(Math.Log10(most)));
        int stride = (to - from + MostTicks - 1) / MostTicks;
        return new Axis(Math.Pow(10, from), Math.Pow(10, to), true, [.. Enumerable.Range(0, (to - from) / stride + 1).Select(i => Math.Pow(10, from + i * stride))]);
    }

    /// <summary>Where a value stands: 0 at the start of the axis, 1 at its end; what lies outside is put on the edge.</summary>
    public double Share(double value)
    {
        double share = IsLogarithmic ? value <= 0 ? 0 : Math.Log(value / From) / Math.Log(To / From) : (value - From) / (To - From);
        return Math.Clamp(share, 0, 1);
    }

    /// <summary>The text at a tick.</summary>
    public static string Label(double tick)
    {
        double size = Math.Abs(tick);
        return size == 0 ? "0" : size is >= 1e-4 and < 1e6 ? Math.Round(tick, 10).ToString("0.##########") : tick.ToString("0.###e0");
    }

    private static double Step(double span, double least)
    {
        double rough = span / (MostTicks - 2), power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return Math.Max(step, least);
    }

    private static double[] Between(double first, double last, double step) =>
        [.. Enumerable.Range(0, (int)Math.Floor((last - first) / step) + 1).Select(i => first + i * step)];
}
