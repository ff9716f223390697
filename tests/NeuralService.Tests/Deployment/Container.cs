using System.Globalization;

namespace NeuralService.Tests.Deployment;

/// <summary>
/// The image's service, run as a hardened container would run it: the image's user, no privilege, everything but the data folder and /tmp read-only, one core,
/// and the share of 256 MiB that the runtime gives its heap there. Only the network is the machine's, so that the test can call.
/// </summary>
internal sealed class Container(Image image, string data)
{
    private const int Megabytes = 256;

    /// <summary>Starts the entry point on a free port.</summary>
    public ServiceProcess Start(params (string Name, string Value)[] settings) =>
        ServiceProcess.Start(Command([], [.. settings, ("ASPNETCORE_URLS", "http://127.0.0.1:0")], writable: true));

    /// <summary>Starts the entry point with a data folder that nothing can be written to.</summary>
    public ServiceProcess StartReadOnly() => ServiceProcess.Start(Command([], [("ASPNETCORE_URLS", "http://127.0.0.1:0")], writable: false));

    /// <summary>Runs the image's health check against the running service.</summary>
    public Task<(int ExitCode, string Output)> HealthAsync(Uri address)
    {
        string check = image.Final.Last("HEALTHCHECK");
        var words = new Instruction("CMD", check[(check.IndexOf("CMD ", StringComparison.Ordinal) + 4)..]).Words;
        return Sandbox.RunAsync(Command(words.Skip(1), [("ASPNETCORE_URLS", address.GetLeftPart(UriPartial.Authority))], writable: true));
    }

    private System.Diagnostics.ProcessStartInfo Command(IEnumerable<string> arguments, (string Name, string Value)[] settings, bool writable)
    {
        string user = image.Final.Last("USER");
        string[] options =
        [
            "--uid", user, "--gid", user, "--as-pid-1", "--ro-bind", image.Root, "/", writable ? "--bind" : "--ro-bind", data, "/data", "--chdir", image.Final.Last("WORKDIR"),
        ];
        var environment = new Dictionary<string, string>(image.Environment, StringComparer.Ordinal)
        {
            ["DOTNET_GCHeapHardLimit"] = "0x" + (Megabytes * 3 / 4 << 20).ToString("X", CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        var start = Sandbox.Command(image.Root, options, environment, [.. new Instruction("ENTRYPOINT", image.Final.Last("ENTRYPOINT")).Words, .. arguments]);
        string[] command = ["-c", "0", start.FileName, .. start.ArgumentList];
        start.FileName = "taskset";
        start.ArgumentList.Clear();
        foreach (string word in command)
            start.ArgumentList.Add(word);
        return start;
    }
}
