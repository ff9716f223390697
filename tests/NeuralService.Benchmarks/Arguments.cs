using System.Globalization;

namespace NeuralService.Benchmarks;

/// <summary>A command line that means nothing; the message says what is allowed.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The options of a verb: pairs of <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the pairs.</summary>
    /// <param name="args">What follows the verb.</param>
    /// <param name="known">The names the verb knows, without the dashes.</param>
    /// <exception cref="UsageException">A name is unknown, or its value is missing.</exception>
    public Arguments(string[] args, params string[] known)
    {
        for (int i = 0; i < args.Length; i += 2)
        {
            string name = args[i].TrimStart('-');
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || !known.Contains(name))
                throw new UsageException($"{args[i]} is not known here; known are {string.Join(", ", known.Select(k => "--" + k))}.");
            if (i + 1 == args.Length) throw new UsageException($"{args[i]} needs a value.");
            _values[name] = args[i + 1];
        }
    }

    /// <summary>The value of an option, or null.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>The value of an option as a number, 1 or more.</summary>
    public int Number(string name, int fallback) => Text(name) is { } text ? ToNumber(name, text) : fallback;

    /// <summary>The value of an option as a list of numbers, each 1 or more.</summary>
    public int[] Numbers(string name, string fallback) => [.. (Text(name) ?? fallback).Split(',').Select(t => ToNumber(name, t))];

    private static int ToNumber(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new UsageException($"--{name} is a whole number of 1 or more; \"{text}\" was given.");
}
