using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace NeuralService.Tests;

/// <summary>The service as a process of its own, for what only a process shows: exit codes, its console, two on one file.</summary>
public sealed partial class ServiceProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly List<(string Text, TaskCompletionSource Said)> awaited = [];
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(Process process) => this.process = process;

    /// <summary>Everything it wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>The exit code, when it has ended.</summary>
    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Ends when it has written this text.</summary>
    public Task SaysAsync(string text)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            if (output.ToString().Contains(text, StringComparison.Ordinal))
                return Task.CompletedTask;
            awaited.Add((text, said));
        }
        return said.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>The address, when it listens.</summary>
    public Task<Uri> ListeningAsync() => listening.Task.WaitAsync(TimeSpan.FromMinutes(1));

    /// <summary>Starts the executable in a working directory, without any setting from this process's environment.</summary>
    public static ServiceProcess Start(string workingDirectory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "NeuralService.dll"), .. arguments])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || k.Contains("__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return Start(start);
    }

    /// <summary>Starts a command whose end is the service, such as one that makes a sandbox for it.</summary>
    public static ServiceProcess Start(ProcessStartInfo start)
    {
        var service = new ServiceProcess(new Process { StartInfo = start });
        service.process.OutputDataReceived += (_, line) => service.Read(line.Data);
        service.process.ErrorDataReceived += (_, line) => service.Read(line.Data);
        service.process.Start();
        service.process.BeginOutputReadLine();
        service.process.BeginErrorReadLine();
        return service;
    }

    /// <summary>Process id of the service itself: of the innermost process, where it was started through others.</summary>
    public int Id
    {
        get
        {
            int id = process.Id;
            while (File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var child])
                id = int.Parse(child);
            return id;
        }
    }

    public void Kill() => process.Kill(entireProcessTree: true);

    /// <summary>Asks it to stop, as the operating system does at a shutdown.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString()]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
            return;
        lock (output)
        {
            output.AppendLine(line);
            foreach (var (_, said) in awaited.Where(a => line.Contains(a.Text, StringComparison.Ordinal)))
                said.TrySetResult();
        }
        if (Listening().Match(line) is { Success: true } match)
            listening.TrySetResult(new Uri(match.Groups["address"].Value));
    }

    [GeneratedRegex("Now listening on: \\W*(?<address>http://[0-9.:]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Listening();
}
