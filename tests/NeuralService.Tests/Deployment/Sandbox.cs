using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NeuralService.Tests.Deployment;

/// <summary>
/// A root of its own for a program, made by bubblewrap: what the machine's base image would bring (/usr with the runtime, /etc) is lent to it, everything else
/// is a folder of the test.
/// </summary>
internal static class Sandbox
{
    private static readonly string[] Lent = ["/usr", "/bin", "/lib", "/lib64", "/etc"];

    private static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Why no sandbox can be had here; null where it can.</summary>
    public static string? Hindrance { get; } = FindHindrance();

    /// <summary>A command in a root.</summary>
    /// <param name="root">The folder that is / inside.</param>
    /// <param name="options">More options for bubblewrap.</param>
    /// <param name="environment">All of the environment, beside PATH and where the runtime is.</param>
    /// <param name="command">The program and its arguments.</param>
    public static ProcessStartInfo Command(string root, IEnumerable<string> options, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<string> command)
    {
        foreach (string folder in (string[])[.. Lent, "/proc", "/dev", "/tmp", Dotnet])
            Directory.CreateDirectory(root + folder);
        // Not --die-with-parent: the parent that it means is the thread that started it, and threads of the pool end.
        var start = new ProcessStartInfo("bwrap", ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL", .. options, .. LentFolders(), .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{Dotnet}:/usr/local/bin:/usr/bin:/bin";
        start.Environment["DOTNET_ROOT"] = Dotnet;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>The exit code and everything it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo command)
    {
        using var process = Process.Start(command)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(texts));
    }

    private static IEnumerable<string> LentFolders() =>
        [.. Lent.Append(Dotnet).Where(Directory.Exists).SelectMany(f => (string[])["--ro-bind", f, f]), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"];

    private static string? FindHindrance()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("bwrap", ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]) { RedirectStandardError = true, UseShellExecute = false })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"bubblewrap does not work here: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "bubblewrap is not installed.";
        }
    }
}
