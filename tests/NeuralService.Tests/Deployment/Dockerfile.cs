using System.Text;

namespace NeuralService.Tests.Deployment;

/// <summary>One instruction of a Dockerfile, its continued lines joined.</summary>
internal sealed record Instruction(string Name, string Text)
{
    /// <summary>The words after the name; <c>["a", "b"]</c> and <c>a b</c> alike.</summary>
    public IReadOnlyList<string> Words => Text.StartsWith('[')
        ? System.Text.Json.JsonSerializer.Deserialize<string[]>(Text)!
        : Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>One stage: what it starts from, its name, and what it does.</summary>
internal sealed record Stage(string Base, string? Name, IReadOnlyList<Instruction> Instructions)
{
    /// <summary>The text of the last instruction of this name.</summary>
    public string Last(string name) => Instructions.Last(i => i.Name == name).Text;
}

/// <summary>Reads deploy/Dockerfile as far as this repository's one goes.</summary>
internal static class Dockerfile
{
    public static IReadOnlyList<Stage> Read(string path)
    {
        var stages = new List<Stage>();
        var instructions = new List<Instruction>();
        foreach (var instruction in Instructions(File.ReadLines(path)))
        {
            if (instruction.Name != "FROM")
            {
                instructions.Add(instruction);
                continue;
            }
            instructions = [];
            stages.Add(new Stage(instruction.Words[0], instruction.Words.ElementAtOrDefault(2), instructions));
        }
        return stages;
    }

    private static IEnumerable<Instruction> Instructions(IEnumerable<string> lines)
    {
        var joined = new StringBuilder();
        foreach (string line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            joined.Append(line.TrimEnd('\\'));
            if (line.EndsWith('\\'))
                continue;
            string[] parts = joined.ToString().Split(' ', 2);
            joined.Clear();
            yield return new Instruction(parts[0], parts[1].Trim());
        }
    }
}
