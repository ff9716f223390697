using System.Globalization;

namespace NeuralService.Benchmarks;

/// <summary>The tables of the training benchmark, in Markdown.</summary>
internal sealed class TrainingTables(Measurements measurements, IReadOnlyDictionary<int, double> peaks)
{
    private readonly MarkdownTable _main = new(
        "", "network", "threads", "samples/s", "best peer", "its samples/s", "ratio", "GFLOP/s, useful", "of the FMA peak", "memory, MiB", "best peer's");

    private readonly MarkdownTable _spread = new("", "who", "samples/s, median", "least", "most", "seconds, median", "CPU seconds", "memory, MiB");

    private readonly MarkdownTable _mnist = new("who", "test error, median", "least", "most", "seconds, median", "memory, MiB");

    /// <summary>The engine in one number of threads beside the fastest of the peers in all settings allowed.</summary>
    public void Add(Workload workload, Contestant engine, IEnumerable<Contestant> peers)
    {
        var ours = measurements.Of(workload, engine);
        var best = peers.Select(p => measurements.Of(workload, p)).MinBy(c => c.Seconds);
        _main.Add(
            workload.Name, workload.Shape, $"{engine.Threads}", Count(ours.Rate), best?.Contestant.Label ?? "–", best is null ? "–" : Count(best.Rate),
            best is null ? "–" : $"{best.Seconds / ours.Seconds:F2}", ours.UsefulGflops.ToString(ours.UsefulGflops < 10 ? "G2" : "F1", CultureInfo.InvariantCulture), $"{ours.UsefulGflops / peaks[engine.Threads]:P0}",
            $"{ours.PeakMiB:F0}", best is null ? "–" : $"{best.PeakMiB:F0}");
    }

    /// <summary>One contestant with the spread of its times.</summary>
    public void AddSpread(Workload workload, Contestant contestant)
    {
        var cell = measurements.Of(workload, contestant);
        _spread.Add(
            workload.Name, contestant.Label, Count(cell.Rate), Count(workload.Samples / cell.MostSeconds), Count(workload.Samples / cell.LeastSeconds),
            $"{cell.Seconds:G4}", $"{cell.CpuSeconds:G4}", $"{cell.PeakMiB:F0}");
    }

    /// <summary>One contestant on MNIST, another seed in each round.</summary>
    public void AddMnist(Workload workload, Contestant contestant)
    {
        var cell = measurements.Of(workload, contestant);
        double[] errors = [.. cell.Rounds.Select(r => r.TestError!.Value)];
        _mnist.Add(contestant.Label, $"{errors.Median():F2} %", $"{errors.Min():F2} %", $"{errors.Max():F2} %", $"{cell.Seconds:F2}", $"{cell.PeakMiB:F0}");
    }

    /// <summary>Prints the tables that have rows.</summary>
    public void Print()
    {
        _main.Print("Training, beside the fastest peer in its fastest setting");
        _spread.Print("Every contestant");
        var mnist = Workload.Named(Workload.Mnist);
        _mnist.Print($"MNIST, {mnist.Shape}, {mnist.Epochs} epochs, {mnist.Optimizer} with a cosine schedule from {mnist.LearningRate}, batch {mnist.Batch}; a seed for each round");
    }

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>Rows of text between bars.</summary>
internal sealed class MarkdownTable(params string[] titles)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, a text for each title.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Prints heading and rows; nothing where there are no rows.</summary>
    public void Print(string heading)
    {
        if (_rows.Count == 0) return;
        Console.WriteLine($"{heading}:\n");
        Console.WriteLine($"| {string.Join(" | ", titles)} |");
        Console.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", titles.Length))}");
        foreach (string[] row in _rows) Console.WriteLine($"| {string.Join(" | ", row)} |");
        Console.WriteLine();
    }
}
