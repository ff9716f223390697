using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>A file that was read once: what its table is, and how to read its rows a second time.</summary>
internal sealed record ReadTable(TableProfile Profile, DatasetFormat Format, IReadOnlyList<string> Warnings, Func<TableReader> Open, byte DecimalSign);

/// <summary>The first pass over an uploaded file: what it is, whether all of it can be taken.</summary>
internal static class DatasetImport
{
    /// <exception cref="Refusal">400 and 422 with all that is wrong with the file.</exception>
    public static ReadTable Read(SpooledFile file, bool isJson, ReadingOptions options, LimitSettings limits, CancellationToken cancellation) => isJson
        ? ReadJson(file, options, limits, cancellation)
        : ReadCsv(file, options, limits, cancellation);

    private static ReadTable ReadJson(SpooledFile file, ReadingOptions options, LimitSettings limits, CancellationToken cancellation)
    {
        CheckOnlyTypes(options);
        var table = JsonTable.Read(file, limits.Columns);
        using var reader = new JsonTableReader(table);
        var profile = TableProfile.Read(reader, options.Types, cancellation);
        return new ReadTable(profile, new DatasetFormat { Type = "json" }, profile.Warnings, () => new JsonTableReader(table), reader.DecimalSign);
    }

    private static ReadTable ReadCsv(SpooledFile file, ReadingOptions options, LimitSettings limits, CancellationToken cancellation)
    {
        var warnings = new List<string>();
        var dialect = new CsvDetector(file, options, warnings).Detect();
        using var reader = new CsvTableReader(file, dialect, limits.Columns);
        var profile = TableProfile.Read(reader, options.Types, cancellation);
        var seen = reader.Tokenizer;
        if (seen.BlankLines > 0)
            warnings.Add(Problems.BlankLinesWarning(seen.BlankLines));
        string? lineEnd = LineEnd(seen);
        if (lineEnd == "mixed")
            warnings.Add(Problems.MixedLineEndsWarning());
        var format = new DatasetFormat
        {
            Type = "csv",
            Encoding = dialect.Encoding.Name,
            ByteOrderMark = dialect.MarkBytes > 0,
            Delimiter = CsvDialect.NameOf(dialect.Delimiter),
            Decimal = ((char)dialect.Decimal).ToString(),
            Quote = seen.QuotedCells > 0 ? "\"" : null,
            LineEnd = lineEnd,
            Header = dialect.Header,
        };
        return new ReadTable(profile, format, [.. warnings, .. profile.Warnings], () => new CsvTableReader(file, dialect, limits.Columns), dialect.Decimal);
    }

    private static string? LineEnd(CsvTokenizer seen)
    {
        (string Name, long Lines)[] kinds = [("lf", seen.LineFeeds), ("crlf", seen.CarriageReturnLineFeeds), ("cr", seen.CarriageReturns)];
        var used = kinds.Where(k => k.Lines > 0).ToArray();
        return used.Length > 1 ? "mixed" : used.FirstOrDefault().Name;
    }

    private static void CheckOnlyTypes(ReadingOptions options)
    {
        var faults = new Faults();
        (string Name, bool Given)[] others =
            [("delimiter", options.Delimiter is not null), ("decimal", options.Decimal is not null), ("encoding", options.Encoding is not null), ("header", options.Header is not null)];
        foreach (var (name, _) in others.Where(o => o.Given))
            faults.Meaningless(name, Problems.OnlyForCsv());
        faults.ThrowIfAny();
    }
}
