using System.ComponentModel;
using System.Text.Json;

namespace NeuralService.Benchmarks;

/// <summary>The peers that are installed, found by asking their scripts.</summary>
internal sealed class Peers
{
    private const int NotInstalled = 3; // exit code of a script without its library

    private static readonly (string Name, string Script, string[] Modes)[] Known =
    [
        ("PyTorch", "torch_peer.py", ["loop", "byhand"]),
        ("scikit-learn", "sklearn_peer.py", [""]),
    ];

    /// <summary>The distribution's interpreter, which sees its packages; that of a version manager, often first in the path, does not.</summary>
    public static readonly string DefaultPython = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private readonly string _python;
    private readonly List<(string Name, string Script, string[] Modes)> _installed = [];
    private readonly List<string> _notes = [];

    /// <summary>Asks every script.</summary>
    /// <param name="python">The interpreter.</param>
    public Peers(string python)
    {
        _python = python;
        foreach (var peer in Known)
        {
            try
            {
                var (exitCode, output, error) = Contestant.Execute(python, [ScriptPath(peer.Script), "--about"], 1, 1);
                if (exitCode == 0)
                {
                    _installed.Add(peer);
                    _notes.Add(Describe(peer.Name, RunResult.LastLine(output)));
                }
                else
                {
                    _notes.Add($"{peer.Name}: {(exitCode == NotInstalled ? "not installed" : "does not start")} for {python} ({RunResult.LastLine(error)}); left out");
                }
            }
            catch (Win32Exception e)
            {
                _notes.Add($"{peer.Name}: {e.Message}; left out");
            }
        }
    }

    /// <summary>A line on each peer: its version and the library behind it, or why it is left out.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Every peer in every setting for a number of threads.</summary>
    /// <remarks>
    /// OpenMP and OpenBLAS have a pool of threads each, and both at once can take the cores from one another. So with several threads PyTorch is also tried with
    /// OpenBLAS on one; what is the fastest is told by the clock.
    /// </remarks>
    public IEnumerable<Contestant> Settings(int threads)
    {
        foreach (var (name, script, modes) in _installed)
        {
            foreach (string mode in modes)
            {
                string title = mode switch { "byhand" => name + " by hand", "" => name, _ => $"{name} {mode}" };
                string[] options = mode.Length == 0 ? [] : ["--mode", mode];
                string[] command = [_python, ScriptPath(script)];
                yield return new Contestant(title, threads, Contestant.Count(threads), command, options, threads);
                if (threads > 1 && name == "PyTorch")
                    yield return new Contestant(title, threads, $"{Contestant.Count(threads)}, BLAS 1", command, options, 1);
            }
        }
    }

    private static string ScriptPath(string script) => Path.Combine(AppContext.BaseDirectory, "peers", script);

    private static string Describe(string name, string json)
    {
        using var about = JsonDocument.Parse(json);
        string blas = about.RootElement.GetProperty("blas").GetString()!;
        string warning = blas.Contains("openblas") || blas.Contains("mkl") || blas.Contains("blis") || blas == "its own"
            ? ""
            : " — this is the slow reference BLAS: install libopenblas0-pthread, or its figures mean nothing";
        return $"{name} {about.RootElement.GetProperty("version").GetString()}, matrix products by {blas}{warning}";
    }
}
