using System.Diagnostics;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>One workload in a process of its own, so that peak memory and warm-up are that workload's.</summary>
internal static class EngineRun
{
    private const int WarmUpRows = 4096; // as in peers/workloads.py
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(1);

    /// <summary>Trains untimed on the first rows for a second, once at least, then <c>--repeats</c> times, and prints a <see cref="RunResult"/>.</summary>
    public static int Run(string name, string[] args)
    {
        var arguments = new Arguments(args, "threads", "repeats", "seed", "mnist", "cold");
        var workload = Workload.Named(name);
        int threads = arguments.Number("threads", 1), repeats = arguments.Number("repeats", 3);
        ulong seed = (ulong)arguments.Number("seed", 1);
        string? folder = workload.Name == Workload.Mnist
            ? arguments.Text("mnist") ?? throw new UsageException("MNIST needs --mnist FOLDER.")
            : null;

        if (arguments.Text("cold") is null) WarmUp(workload, threads);
        var samples = folder is null ? workload.MakeSamples(workload.Rows) : Mnist.Read(folder, Mnist.Training);
        double[] seconds = new double[repeats], cpu = new double[repeats];
        Network? network = null;
        for (int i = 0; i < repeats; i++) (network, seconds[i], cpu[i]) = EngineTraining.Train(workload, samples, threads, seed);

        double? error = folder is null ? null : 100 * (1 - Evaluator.Evaluate(network!, Mnist.Read(folder, Mnist.Test), classifies: true).Accuracy);
        Console.WriteLine(new RunResult(seconds, cpu, Machine.PeakMiB(), error).ToJson());
        return 0;
    }

    // Made-up rows also for MNIST: what is warmed up is the code, which the runtime compiles anew while it runs. Their memory is given back, so that the peak
    // is the training's own.
    private static void WarmUp(Workload workload, int threads)
    {
        var samples = workload.MakeSamples(Math.Min(workload.Rows, WarmUpRows));
        long start = Stopwatch.GetTimestamp();
        do EngineTraining.Train(workload, samples, threads, seed: 1);
        while (Stopwatch.GetElapsedTime(start) < WarmUpTime);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
