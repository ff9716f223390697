using System.Text.Json;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>
/// A JSON file <c>{ "columns": ["a","b"], "rows": [[1,"x"],[2,null]] }</c>, its fields in any order: the columns' names and where its rows begin.
/// </summary>
internal sealed record JsonTable(string Path, IReadOnlyList<string> Columns, long RowsAt, JsonReaderState RowsState)
{
    /// <summary>Reads the file once as a whole, which also checks that all of it is JSON.</summary>
    /// <exception cref="Refusal">400 with every fault of the object itself.</exception>
    public static JsonTable Read(SpooledFile file, int mostColumns)
    {
        var scan = new JsonTableScan();
        using var feed = Open(file.Path);
        try
        {
            do
            {
                var reader = feed.Reader();
                while (reader.Read())
                {
                    scan.Take(ref reader);
                    if (scan.IsAtRows)
                        scan.Rows ??= (feed.Position + reader.BytesConsumed, reader.CurrentState);
                }
                feed.Advance(ref reader);
            }
            while (feed.Refill());
        }
        catch (JsonException e)
        {
            throw Problems.NotJson("$", Problems.JsonSyntax(e));
        }
        var columns = scan.Check(mostColumns);
        return new JsonTable(file.Path, columns, scan.Rows!.Value.At, scan.Rows.Value.State);
    }

    /// <summary>The file from its first byte, or from its rows, behind a byte-order mark.</summary>
    public static JsonFeed Open(string path, JsonTable? rows = null)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        Span<byte> mark = stackalloc byte[3];
        int skipped = stream.ReadAtLeast(mark, 3, throwOnEndOfStream: false) == 3 && mark.SequenceEqual<byte>([0xEF, 0xBB, 0xBF]) ? 3 : 0;
        stream.Position = rows?.RowsAt ?? skipped;
        return new JsonFeed(stream, stream.Position, rows?.RowsState ?? default);
    }
}

/// <summary>Follows the tokens of a JSON table outside its rows.</summary>
internal sealed class JsonTableScan
{
    private static readonly string[] Fields = ["columns", "rows"];
    private readonly Faults faults = new();
    private readonly List<string> columns = [];
    private readonly HashSet<string> seen = [];
    private string field = "$";

    /// <summary>Where the rows begin, behind their opening bracket.</summary>
    public (long At, JsonReaderState State)? Rows { get; set; }

    /// <summary>Whether the last token was the opening bracket of the rows.</summary>
    public bool IsAtRows { get; private set; }

    public void Take(ref Utf8JsonReader reader)
    {
        IsAtRows = false;
        switch (reader.CurrentDepth)
        {
            case 0 when reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject):
                faults.Malformed("$", Problems.JsonTableForm());
                break;
            case 1 when reader.TokenType == JsonTokenType.PropertyName:
                Begin(reader.GetString()!);
                break;
            case 1 when reader.TokenType == JsonTokenType.StartArray:
                IsAtRows = field == "rows";
                break;
            case 1 when reader.TokenType != JsonTokenType.EndArray && Fields.Contains(field):
                faults.Malformed(field, Problems.JsonTableForm());
                break;
            case 2 when field == "columns":
                TakeName(ref reader);
                break;
        }
    }

    public IReadOnlyList<string> Check(int mostColumns)
    {
        foreach (string name in Fields.Where(f => !seen.Contains(f)))
            faults.Malformed(name, Problems.Missing());
        if (columns.Count == 0 && seen.Contains("columns") && !faults.Has("columns"))
            faults.Meaningless("columns", Problems.NoColumns());
        if (columns.Count > mostColumns)
            throw Problems.TooManyColumns(null, columns.Count, mostColumns);
        var first = new Dictionary<string, int>();
        for (int i = 0; i < columns.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(columns[i]) && !faults.Has($"columns[{i}]"))
                faults.Meaningless($"columns[{i}]", Problems.EmptyColumnName(null, i + 1));
            else if (!first.TryAdd(columns[i], i) && !faults.Has($"columns[{i}]"))
                faults.Meaningless($"columns[{i}]", Problems.DuplicateColumnName(null, i + 1, columns[i], first[columns[i]] + 1));
        }
        faults.ThrowIfAny();
        return columns;
    }

    private void Begin(string name)
    {
        field = name;
        if (!seen.Add(name))
            faults.Malformed(name, Problems.GivenTwice());
        else if (!Fields.Contains(name))
            faults.Malformed(name, Problems.UnknownField(name, Fields));
    }

    private void TakeName(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            columns.Add(reader.GetString()!);
        }
        else if (reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            faults.Malformed($"columns[{columns.Count}]", Problems.ColumnNameMustBeString());
            columns.Add("");
        }
    }
}
