namespace NeuralService.Datasets;

/// <summary>Count, range, mean and spread of a column's numbers, in one pass (Welford's recurrence, with a weight for repeated values).</summary>
internal struct Moments
{
    private double squares;                           // Σ (x − mean)²

    public Moments()
    {
    }

    public long Count { get; private set; }
    public double Min { get; private set; } = double.PositiveInfinity;
    public double Max { get; private set; } = double.NegativeInfinity;
    public double Mean { get; private set; }

    /// <summary>Whether every number is a whole one that double holds exactly (and none is −0).</summary>
    public bool AllIntegers { get; private set; } = true;

    /// <summary>Of the population: divided by the count.</summary>
    public readonly double StandardDeviation => Count == 0 ? double.NaN : Math.Sqrt(squares / Count);

    public void Add(double x, long times = 1)
    {
        Count += times;
        double before = x - Mean;
        Mean += before * ((double)times / Count);
        squares += times * before * (x - Mean);
        Min = Math.Min(Min, x);
        Max = Math.Max(Max, x);
        AllIntegers = AllIntegers && x == Math.Truncate(x) && Math.Abs(x) <= 1L << 53 && !(x == 0 && double.IsNegative(x));
    }
}
