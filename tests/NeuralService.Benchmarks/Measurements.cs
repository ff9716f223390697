namespace NeuralService.Benchmarks;

/// <summary>All results of a run: of every workload by every contestant, round by round.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<(string Workload, string Contestant), List<RunResult>> _results = [];

    /// <summary>Keeps a result.</summary>
    public void Add(Workload workload, Contestant contestant, RunResult result)
    {
        if (!_results.TryGetValue((workload.Name, contestant.Label), out var list)) _results[(workload.Name, contestant.Label)] = list = [];
        list.Add(result);
    }

    /// <summary>What one contestant did on a workload.</summary>
    public Cell Of(Workload workload, Contestant contestant) => new(workload, contestant, _results[(workload.Name, contestant.Label)]);
}

/// <summary>One contestant on one workload, over all rounds.</summary>
internal sealed record Cell(Workload Workload, Contestant Contestant, IReadOnlyList<RunResult> Rounds)
{
    /// <summary>Median over the rounds of each round's median training.</summary>
    public double Seconds => Rounds.Select(r => r.Seconds.Median()).Median();

    /// <summary>The fastest training of all.</summary>
    public double LeastSeconds => Rounds.Min(r => r.Seconds.Min());

    /// <summary>The slowest training of all.</summary>
    public double MostSeconds => Rounds.Max(r => r.Seconds.Max());

    /// <summary>Median of the processor time of a training.</summary>
    public double CpuSeconds => Rounds.Select(r => r.CpuSeconds.Median()).Median();

    /// <summary>Samples a second, of <see cref="Seconds"/>.</summary>
    public double Rate => Workload.Samples / Seconds;

    /// <summary>Useful GFLOP/s, of <see cref="Seconds"/>.</summary>
    public double UsefulGflops => Rate * Workload.UsefulOperations / 1e9;

    /// <summary>Median of the rounds' peak memory.</summary>
    public double PeakMiB => Rounds.Select(r => r.PeakMiB).Median();
}
