using System.Runtime.CompilerServices;
using System.Text;

namespace NeuralService.Tests.Deployment;

/// <summary>
/// deploy/Dockerfile built without a container engine: its COPY lines copy into folders, its RUN lines run in a sandbox whose root is that folder. So a file that
/// a COPY line forgets is missing here too.
/// </summary>
public sealed class Image : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("neural-service-image-");
    private readonly Dictionary<string, string> rootOf = [];
    private readonly BuildContext context = new(Top());

    /// <summary>The folder with the files of the finished image.</summary>
    public string Root { get; private set; } = "";

    /// <summary>The working directory, user, entry point and environment that the image sets.</summary>
    internal Stage Final { get; private set; } = null!;

    internal Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal)
    {
        ["DOTNET_RUNNING_IN_CONTAINER"] = "true",   // set by the base image
    };

    public static string Top([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    public async ValueTask InitializeAsync()
    {
        if (Sandbox.Hindrance is not null)
            return;
        foreach (var stage in Dockerfile.Read(Path.Combine(Top(), "deploy", "Dockerfile")))
            await BuildAsync(stage);
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task BuildAsync(Stage stage)
    {
        string root = Root = folder.CreateSubdirectory($"stage{rootOf.Count}").FullName;
        rootOf[stage.Name ?? ""] = root;
        Final = stage;
        string here = "/";
        foreach (var instruction in stage.Instructions)
        {
            switch (instruction.Name)
            {
                case "WORKDIR":
                    Directory.CreateDirectory(root + (here = instruction.Text));
                    break;
                case "COPY":
                    Copy(instruction.Words, root, here);
                    break;
                case "RUN":
                    await RunAsync(instruction.Text, root, here);
                    break;
                case "ENV":
                    foreach (var (name, value) in Assignments(instruction.Text))
                        Environment[name] = value;
                    break;
            }
        }
    }

    private void Copy(IReadOnlyList<string> words, string root, string here)
    {
        string? from = words.FirstOrDefault(w => w.StartsWith("--from=", StringComparison.Ordinal))?["--from=".Length..];
        var paths = words.Where(w => !w.StartsWith("--", StringComparison.Ordinal)).ToList();
        string target = root + Path.GetFullPath(Path.Combine(here, paths[^1]));
        foreach (string source in paths.SkipLast(1))
        {
            if (from is null)
                context.Copy(source, target, intoFolder: paths[^1].EndsWith('/'));
            else
                CopyFolder(rootOf[from] + source, target);
        }
    }

    private static void CopyFolder(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        foreach (string inner in Directory.EnumerateDirectories(source))
            CopyFolder(inner, Path.Combine(target, Path.GetFileName(inner)));
    }

    /// <summary>With the network and the packages that this machine has already.</summary>
    private static async Task RunAsync(string line, string root, string here)
    {
        string home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), packages = Path.Combine(home, ".nuget");
        Directory.CreateDirectory(packages);
        Directory.CreateDirectory(root + packages);
        var environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(e => KeyValuePair.Create((string)e.Key, (string)e.Value!))
            .Where(e => e.Key.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase) || e.Key.StartsWith("SSL_", StringComparison.Ordinal) || e.Key.StartsWith("NUGET_", StringComparison.Ordinal));
        var command = Sandbox.Command(
            root, ["--bind", root, "/", "--bind", packages, packages, "--chdir", here],
            [.. environment, new("HOME", home), new("MSBUILDDISABLENODEREUSE", "1"), new("UseSharedCompilation", "false")], ["sh", "-c", line]);
        var (exitCode, output) = await Sandbox.RunAsync(command);
        Assert.True(exitCode == 0, $"RUN {line} ended with {exitCode}\n{output}");
    }

    /// <summary>NAME=value NAME="value with spaces"</summary>
    private static IEnumerable<(string Name, string Value)> Assignments(string text)
    {
        var word = new StringBuilder();
        bool quoted = false;
        foreach (char c in text + " ")
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c != ' ' || quoted)
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                string[] parts = word.ToString().Split('=', 2);
                word.Clear();
                yield return (parts[0], parts[1]);
            }
        }
    }
}
