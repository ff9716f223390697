using System.Text.RegularExpressions;

namespace NeuralService.Tests.Deployment;

/// <summary>The files that a builder gets to see: the repository without what .dockerignore leaves out.</summary>
internal sealed class BuildContext
{
    private readonly string top;
    private readonly List<(Regex Pattern, bool Taken)> rules;

    public BuildContext(string top)
    {
        this.top = top;
        rules = [.. File.ReadLines(Path.Combine(top, ".dockerignore")).Where(l => l.Length > 0 && l[0] != '#').Select(Rule)];
    }

    /// <summary>Copies a file, or what a folder contains, as COPY does.</summary>
    /// <exception cref="FileNotFoundException">The builder does not get to see it.</exception>
    public void Copy(string source, string target, bool intoFolder)
    {
        string full = Path.Combine(top, source);
        if (File.Exists(full) && IsTaken(source))
        {
            string file = intoFolder ? Path.Combine(target, Path.GetFileName(source)) : target;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Copy(full, file, overwrite: true);
        }
        else if (Directory.Exists(full) && IsTaken(source))
        {
            Directory.CreateDirectory(target);
            foreach (string child in Directory.EnumerateFileSystemEntries(full).Select(e => Path.GetFileName(e)).Where(n => IsTaken($"{source}/{n}")))
                Copy($"{source}/{child}", Path.Combine(target, child), intoFolder: false);
        }
        else
        {
            throw new FileNotFoundException($"The builder gets to see no {source}.");
        }
    }

    /// <summary>The last rule that fits the path or a folder above it decides.</summary>
    private bool IsTaken(string path) => rules.FindLast(r => r.Pattern.IsMatch(path)) is not { Pattern: not null, Taken: false };

    private static (Regex Pattern, bool Taken) Rule(string line)
    {
        bool taken = line[0] == '!';
        string pattern = Regex.Escape(line.TrimStart('!')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        return (new Regex($"^{pattern}(/|$)", RegexOptions.CultureInvariant), taken);
    }
}
