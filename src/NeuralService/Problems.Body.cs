using System.Text.Json;
using NeuralService.Hosting;

namespace NeuralService;

/// <content>Sentences about the fields of a body.</content>
public static partial class Problems
{
    /// <summary>Where JSON ends to be JSON.</summary>
    public static string JsonSyntax(JsonException e) => e.Message.Contains("maximum configured depth", StringComparison.Ordinal)
        ? "The body is nested deeper than 64 levels."
        : $"The body is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} (JSON knows no NaN, Infinity, comments or trailing commas).";

    /// <summary>A value of another type.</summary>
    public static string WrongType(string expected, string given) => $"{given} was given where {expected} is expected.";

    /// <summary>A null where a value must be.</summary>
    public static string MustNotBeNull(string expected) => $"null was given where {expected} is expected.";

    /// <summary>A field that the request does not have.</summary>
    public static string UnknownField(string name, IEnumerable<string> known) => $"There is no field \"{Short(name)}\" here; {DidYouMean(name, known)}";

    /// <summary>A word that is none of the known ones.</summary>
    public static string UnknownWord(string word, IEnumerable<string> known) => $"\"{Short(word)}\" is not known here; {DidYouMean(word, known)}";

    /// <summary>A key given twice in one object.</summary>
    public static string GivenTwice() => "This field is given twice.";

    /// <summary>A required field is absent.</summary>
    public static string Missing() => "This field is required.";

    /// <summary>A text with half a surrogate pair.</summary>
    public static string BrokenText() => "The text holds an escape that is no character.";

    /// <summary>A number out of its range.</summary>
    public static string OutOfRange(string given, string range) => $"{given} was given; allowed is {range}.";

    /// <summary>A text, list or object that is too short or too long.</summary>
    public static string WrongLength(string unit, int given, int least, int most) =>
        $"{Number(given)} {unit}{(given == 1 ? "" : unit == "entry" ? "" : "s")} given; allowed are {(most == int.MaxValue ? $"{Number(least)} or more" : $"{Number(least)} to {Number(most)}")}.";

    /// <summary>A text that is too long.</summary>
    public static string TooLong(int given, int most) => WrongLength("character", given, 0, most);

    /// <summary>More tags than allowed.</summary>
    public static string TooManyTags(int given, int most) => $"{Number(given)} tags were given; allowed are at most {most}.";

    /// <summary>A tag key that may not be given.</summary>
    public static string BadTagKey(string key, int most) =>
        $"\"{Short(key)}\" is no key of a tag; a key has 1 to {most} characters, without colons and control characters.";

    private static string DidYouMean(string given, IEnumerable<string> known) => Nearest.To(given, known) is { } nearest
        ? $"did you mean \"{nearest}\"?"
        : $"known are {string.Join(", ", known)}.";
}
