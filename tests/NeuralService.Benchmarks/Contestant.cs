using System.Diagnostics;

namespace NeuralService.Benchmarks;

/// <summary>One who trains a workload in a process of its own: this engine or a peer, in one setting.</summary>
/// <param name="Name">Who.</param>
/// <param name="Threads">How many threads it may use.</param>
/// <param name="Setting">The setting, as tables say it.</param>
/// <param name="Command">The program and its arguments before the workload's name.</param>
/// <param name="Options">Its arguments after the workload's name.</param>
/// <param name="BlasThreads">Threads of the library behind a peer's matrix products.</param>
internal sealed record Contestant(string Name, int Threads, string Setting, string[] Command, string[] Options, int BlasThreads)
{
    /// <summary>What this engine is called in tables.</summary>
    public const string EngineName = "this engine";

    /// <summary>Whether it is this engine.</summary>
    public bool IsEngine => Name == EngineName;

    /// <summary>Who in which setting.</summary>
    public string Label => $"{Name}, {Setting}";

    /// <summary>This engine, started from this program.</summary>
    public static Contestant Engine(int threads)
    {
        string program = Environment.ProcessPath!;
        string[] command = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(Contestant).Assembly.Location, "run"] : [program, "run"];
        return new Contestant(EngineName, threads, Count(threads), command, [], 1);
    }

    /// <summary>1 thread, 2 threads.</summary>
    public static string Count(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    /// <summary>Runs a workload.</summary>
    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public RunResult Train(Workload workload, int repeats, int seed, string? mnist)
    {
        List<string> arguments = [.. Command.Skip(1), workload.Name, .. Options, "--threads", $"{Threads}", "--repeats", $"{repeats}", "--seed", $"{seed}"];
        if (mnist is not null) arguments.AddRange([IsEngine ? "--mnist" : "--data", mnist]);
        var (exitCode, output, error) = Execute(Command[0], arguments, Threads, BlasThreads);
        return exitCode == 0 ? RunResult.FromOutput(output) : throw new InvalidOperationException($"{Label} ended with exit code {exitCode} on {workload.Name}:\n{error}");
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int ExitCode, string Output, string Error) Execute(string program, IEnumerable<string> arguments, int threads, int blasThreads)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = $"{threads}";
        start.Environment["OPENBLAS_NUM_THREADS"] = $"{blasThreads}";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
