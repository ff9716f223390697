using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using NeuralService.Hosting;
using NeuralService.Tests.Datasets;

namespace NeuralService.Tests;

/// <summary>What README says, done: its lines are run as they stand, and answer what stands below them.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Root = Uploads.RepositoryFolder;
    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Fact]
    public async Task The_story_answers_as_README_shows()
    {
        await using var service = await Service.StartAsync();
        var steps = Steps().Matches(Readme);
        Assert.True(steps.Count >= 7, $"README has {steps.Count} steps with their answers.");
        foreach (Match step in steps)
        {
            string lines = step.Groups["lines"].Value.Replace("http://localhost:8080", service.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
            string answer = await RunAsync(lines);
            string shown = step.Groups["answer"].Value;
            Assert.True(Matches(shown, answer), $"README shows{Environment.NewLine}{shown}{Environment.NewLine}but{Environment.NewLine}{lines}{Environment.NewLine}answers{Environment.NewLine}{answer}");
        }
    }

    [Fact]
    public void The_table_of_settings_names_every_setting()
    {
        var inReadme = Setting().Matches(Readme).Select(m => m.Groups["name"].Value).ToHashSet();
        var inCode = typeof(Settings).GetProperties()
            .SelectMany(s => s.PropertyType.IsEnum ? [s.Name] : s.PropertyType.GetProperties().Where(p => p.CanWrite).Select(p => $"{s.Name}:{p.Name}"))
            .ToHashSet();
        Assert.Equal(inCode.Order(), inReadme.Order());
    }

    [Fact]
    public void An_ellipsis_stands_for_anything_and_nothing_else_does()
    {
        Assert.True(Matches("""{"a":1,…}""", """{"a": 1, "b": [2, 3]}"""));
        Assert.False(Matches("""{"a":1,…}""", """{"a":2,"b":3}"""));
    }

    /// <summary>White space apart, the answer is what is shown, with anything where the text has an ellipsis.</summary>
    private static bool Matches(string shown, string answer)
    {
        string pattern = string.Join(".*", Bare(shown).Split('…').Select(Regex.Escape));
        return Regex.IsMatch(Bare(answer), $@"\A{pattern}\z", RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    private static string Bare(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private static async Task<string> RunAsync(string lines)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", lines])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        using var bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"bash ended with {bash.ExitCode} at{Environment.NewLine}{lines}");
        return output;
    }

    [GeneratedRegex(@"```sh\n(?<lines>.*?)```\n```json\n(?<answer>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Steps();

    [GeneratedRegex(@"(?<=^\|.*)`(?<name>Role|[A-Z]\w+:[A-Z]\w+)`(?=.*\|)", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
