namespace NeuralService.Benchmarks;

/// <summary>Trains the workloads in this engine and in the peers, in turn, and prints who took how long.</summary>
/// <remarks>
/// Every training process first trains the workload untimed, on 4,096 rows at most (once; this engine, which is compiled while it runs, for a second), then <c>--repeats</c> times. Timed is the epochs alone: no start, no
/// data, no evaluation. Each process starts when the machine is idle. With several threads a peer counts in its fastest setting, one thread among them.
/// </remarks>
internal sealed class TrainingBenchmark
{
    private readonly int _rounds;
    private readonly int _repeats;
    private readonly int[] _threads;
    private readonly string? _mnist;
    private readonly Workload[] _workloads;
    private readonly Peers _peers;
    private readonly Measurements _measurements = new();
    private readonly Dictionary<int, double> _peaks = [];
    private int _runs;
    private int _disturbed;

    private TrainingBenchmark(Arguments arguments)
    {
        _rounds = arguments.Number("rounds", 5);
        _repeats = arguments.Number("repeats", 3);
        _threads = [.. arguments.Numbers("threads", "1,2").Where(t => t <= Environment.ProcessorCount)];
        _mnist = arguments.Text("mnist");
        string names = arguments.Text("workloads") ?? "W1,W2,W3,W4,W5,W6";
        _workloads = names == "none" ? [] : [.. names.Split(',').Select(Workload.Named).Where(w => w.Name != Workload.Mnist)];
        _peers = new Peers(arguments.Text("python") ?? Peers.DefaultPython);
    }

    /// <summary>Measures, then prints the tables on standard output; progress goes to standard error.</summary>
    public static int Run(string[] args)
    {
        var benchmark = new TrainingBenchmark(new Arguments(args, "rounds", "repeats", "workloads", "threads", "python", "mnist"));
        for (int round = 1; round <= benchmark._rounds; round++) benchmark.Round(round);
        benchmark.Print();
        return 0;
    }

    private void Round(int round)
    {
        foreach (int threads in _threads)
        {
            if (!Machine.WaitUntilIdle()) _disturbed++;
            _peaks[threads] = Math.Max(_peaks.GetValueOrDefault(threads), FmaPeak.Measure(threads));
            _runs++;
        }

        foreach (var workload in _workloads)
        {
            foreach (var contestant in Engines.Concat(AllPeers)) Train(workload, contestant, _repeats, seed: 1, null, round);
        }

        if (_mnist is null) return;
        foreach (var contestant in Engines.Concat(MnistPeers)) Train(Workload.Named(Workload.Mnist), contestant, repeats: 1, seed: round, _mnist, round);
    }

    private IEnumerable<Contestant> Engines => _threads.Select(Contestant.Engine);

    private IEnumerable<Contestant> AllPeers => _threads.Append(1).Distinct().Order().SelectMany(_peers.Settings);

    // scikit-learn has no learning-rate schedule for Adam. Two pools of threads that fight for the cores could take minutes here.
    private IEnumerable<Contestant> MnistPeers => AllPeers.Where(p => p.Name != "scikit-learn" && p.BlasThreads == 1);

    private void Train(Workload workload, Contestant contestant, int repeats, int seed, string? mnist, int round)
    {
        _runs++;
        if (!Machine.WaitUntilIdle()) _disturbed++;
        var result = contestant.Train(workload, repeats, seed, mnist);
        _measurements.Add(workload, contestant, result);
        Console.Error.WriteLine($"round {round}/{_rounds} {workload.Name} {contestant.Label}: {workload.Samples / result.Seconds.Median():N0} samples/s");
    }

    private void Print()
    {
        var tables = new TrainingTables(_measurements, _peaks);
        foreach (var workload in _workloads)
        {
            foreach (int threads in _threads) tables.Add(workload, Contestant.Engine(threads), AllPeers.Where(p => p.Threads == 1 || p.Threads == threads));
            foreach (var contestant in Engines.Concat(AllPeers)) tables.AddSpread(workload, contestant);
        }

        if (_mnist is not null)
        {
            foreach (var contestant in Engines.Concat(MnistPeers)) tables.AddMnist(Workload.Named(Workload.Mnist), contestant);
        }

        tables.Print();
        Console.WriteLine($"{Machine.Description}.");
        foreach (string note in _peers.Notes) Console.WriteLine($"{note}.");
        foreach (var (threads, peak) in _peaks) Console.WriteLine($"FMA peak of {Contestant.Count(threads)}, best of the run: {peak:F1} GFLOP/s.");
        Console.WriteLine($"{_rounds} rounds in turn, {_repeats} trainings in each process; {_disturbed} of {_runs} runs started on a machine that was not idle.");
    }
}
