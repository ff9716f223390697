using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>What the caller said about the file, instead of leaving it to be guessed.</summary>
internal sealed record ReadingOptions
{
    public byte? Delimiter { get; init; }
    public byte? Decimal { get; init; }
    public TextEncoding? Encoding { get; init; }
    public bool? Header { get; init; }

    /// <summary>Types that the caller forces, by column.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    private static readonly (string Name, byte Value)[] DelimiterNames =
        [(",", (byte)','), (";", (byte)';'), ("tab", (byte)'\t'), ("|", (byte)'|'), ("comma", (byte)','), ("semicolon", (byte)';'), ("\t", (byte)'\t'), ("pipe", (byte)'|')];

    private static readonly (string Name, byte Value)[] DecimalNames = [(".", (byte)'.'), (",", (byte)','), ("point", (byte)'.'), ("comma", (byte)',')];

    private static readonly (string Name, TextEncoding Value)[] EncodingNames =
    [
        ("utf-8", TextEncoding.Utf8), ("utf-16le", TextEncoding.Utf16LittleEndian), ("utf-16be", TextEncoding.Utf16BigEndian), ("latin1", TextEncoding.Latin1),
        ("utf8", TextEncoding.Utf8), ("utf-16", TextEncoding.Utf16LittleEndian), ("iso-8859-1", TextEncoding.Latin1),
    ];

    private static readonly (string Name, bool Value)[] HeaderNames = [("true", true), ("false", false)];

    /// <summary>Reads the query's words; each wrong one becomes a fault under its name.</summary>
    public static ReadingOptions From(DatasetQuery query, Faults faults) => new()
    {
        Delimiter = Choose(faults, "delimiter", query.Delimiter, DelimiterNames, shown: 4, out byte delimiter) ? delimiter : null,
        Decimal = Choose(faults, "decimal", query.DecimalSign, DecimalNames, shown: 2, out byte sign) ? sign : null,
        Encoding = Choose(faults, "encoding", query.Encoding, EncodingNames, shown: 4, out var encoding) ? encoding : null,
        Header = Choose(faults, "header", query.Header, HeaderNames, shown: 2, out bool header) ? header : null,
        Types = TypesFrom(query.Types, faults),
    };

    private static bool Choose<T>(Faults faults, string name, string? given, (string Name, T Value)[] known, int shown, out T value)
    {
        value = default!;
        if (string.IsNullOrEmpty(given))
            return false;
        foreach (var (word, meant) in known)
        {
            if (string.Equals(word, given, StringComparison.OrdinalIgnoreCase))
            {
                value = meant;
                return true;
            }
        }
        faults.Malformed(name, Problems.UnknownChoice(given, known.Take(shown).Select(k => k.Name)));
        return false;
    }

    /// <summary>Reads <c>age:numeric,zip:categorical</c>. A part without a type belongs to the next one: column names may hold commas.</summary>
    private static Dictionary<string, ColumnType> TypesFrom(string? given, Faults faults)
    {
        var types = new Dictionary<string, ColumnType>();
        string held = "";
        foreach (string part in string.IsNullOrEmpty(given) ? [] : given.Split(','))
        {
            string pair = held + part;
            int colon = pair.LastIndexOf(':');
            if (colon < 0)
            {
                held = pair + ",";
                continue;
            }
            held = "";
            string name = pair[..colon], type = pair[(colon + 1)..].Trim();
            if (!Enum.TryParse<ColumnType>(type, ignoreCase: true, out var parsed) || !char.IsAsciiLetter(type[0]))
                faults.Malformed("types", Problems.UnknownColumnType(name, type));
            else if (!types.TryAdd(name, parsed))
                faults.Malformed("types", Problems.TypeGivenTwice(name));
        }
        if (held.Length > 0)
            faults.Malformed("types", Problems.TypeWithoutColon(held.TrimEnd(',')));
        return types;
    }
}
