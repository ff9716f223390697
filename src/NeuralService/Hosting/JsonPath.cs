using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NeuralService.Hosting;

/// <summary>Where in a body the reader stands, as a caller would write it: <c>layers[1].units</c>; <c>$</c> is the body.</summary>
public sealed class JsonPath
{
    private readonly List<(string? Name, int Index)> steps = [];

    /// <summary>Steps into a field.</summary>
    public void Enter(string name) => steps.Add((name, 0));

    /// <summary>Steps into an element of a list.</summary>
    public void Enter(int index) => steps.Add((null, index));

    /// <summary>Steps out again.</summary>
    public void Leave() => steps.RemoveAt(steps.Count - 1);

    /// <summary>The path of a field below another path.</summary>
    public static string Below(string path, string name) => Append(new StringBuilder(path == "$" ? "" : path), name).ToString();

    /// <summary>The path of an element below another path.</summary>
    public static string Below(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{(path == "$" ? "" : path)}[{index}]");

    /// <summary>The path as text. Made only when there is a fault to tell.</summary>
    public override string ToString()
    {
        if (steps.Count == 0)
            return "$";
        var text = new StringBuilder();
        foreach (var (name, index) in steps)
            _ = name is null ? text.Append(CultureInfo.InvariantCulture, $"[{index}]") : Append(text, name);
        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, string name)
    {
        bool plain = name.Length is > 0 and <= 64 && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or ' ');
        if (!plain)
            return text.Append('[').Append(JsonSerializer.Serialize(name.Length <= 64 ? name : name[..64] + "…")).Append(']');
        return (text.Length == 0 ? text : text.Append('.')).Append(name);
    }
}
