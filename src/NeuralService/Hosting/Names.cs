using System.Text.RegularExpressions;

namespace NeuralService.Hosting;

/// <summary>The names of networks, datasets and aliases.</summary>
public static partial class Names
{
    /// <summary>1 to 64 lower-case letters, digits, dots, underscores and hyphens; a letter or digit first and last.</summary>
    public const string Pattern = @"\A[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?\z";

    /// <summary>The same, as a schema writes it.</summary>
    public const string SchemaPattern = "^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$";

    /// <summary>Whether the name may be given.</summary>
    public static bool Allowed(string name) => Form().IsMatch(name);

    /// <summary>Adds a fault where the name may not be given.</summary>
    public static void Check(Faults faults, string path, string value)
    {
        if (!faults.Has(path) && !Allowed(value))
            faults.Meaningless(path, Problems.BadName(value));
    }

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
