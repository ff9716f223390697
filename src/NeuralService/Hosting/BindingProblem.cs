using System.Text.RegularExpressions;

namespace NeuralService.Hosting;

/// <summary>Rewrites what the framework says about a query, path or header value, because it speaks of C# types.</summary>
internal static partial class BindingProblem
{
    public static Refusal From(BadHttpRequestException bad)
    {
        if (Unreadable().Match(bad.Message) is { Success: true } unreadable)
        {
            string name = unreadable.Groups["name"].Value;
            return Problems.BadQuery(JsonName(name), Problems.WrongType(Expected(unreadable.Groups["type"].Value), $"\"{Problems.Short(unreadable.Groups["value"].Value)}\""));
        }
        if (Absent().Match(bad.Message) is { Success: true } absent)
            return Problems.BadQuery(JsonName(absent.Groups["name"].Value), Problems.Missing());
        return Problems.BadRequest(bad.StatusCode);
    }

    private static string JsonName(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Expected(string type) => type.ToLowerInvariant() switch
    {
        var t when t.Contains("int", StringComparison.Ordinal) || t.Contains("long", StringComparison.Ordinal) => "a whole number",
        var t when t.Contains("bool", StringComparison.Ordinal) => "true or false",
        var t when t.Contains("double", StringComparison.Ordinal) => "a number",
        _ => "another value",
    };

    [GeneratedRegex("""\AFailed to bind parameter "(?<type>.+) (?<name>\S+)" from "(?<value>.*)"\.\z""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Unreadable();

    [GeneratedRegex("""\ARequired parameter "(?<type>.+) (?<name>\S+)" was not provided from """, RegexOptions.CultureInvariant)]
    private static partial Regex Absent();
}
