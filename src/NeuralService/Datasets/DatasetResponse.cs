using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>A stored table.</summary>
public sealed record DatasetResponse
{
    /// <summary>Its id; it stays when the content is replaced.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How many rows it has.</summary>
    public required long RowCount { get; init; }

    /// <summary>How many bytes were uploaded, unpacked.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the uploaded bytes, unpacked, in lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When the name was first given.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the content came.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How the file was read: what was detected or told.</summary>
    public required DatasetFormat Format { get; init; }

    /// <summary>What was in doubt while it was read.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The columns in the table's order.</summary>
    public required IReadOnlyList<DatasetColumn> Columns { get; init; }

    internal static DatasetResponse From(DatasetRow row, DatasetContentRow content) => new()
    {
        Id = row.Id,
        Name = row.Name,
        RowCount = content.RowCount,
        Bytes = content.Bytes,
        Sha256 = content.Sha256,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
        Format = Json.Read<DatasetFormat>(content.Format),
        Warnings = Json.Read<string[]>(content.Warnings),
        Columns = [.. Json.Read<ColumnMetadata[]>(content.Columns).Select(DatasetColumn.From)],
    };
}

/// <summary>How a file was read. For JSON all but the type is null.</summary>
public sealed record DatasetFormat
{
    /// <summary><c>csv</c> or <c>json</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>utf-8</c>, <c>utf-16le</c>, <c>utf-16be</c> or <c>latin1</c>.</summary>
    public string? Encoding { get; init; }

    /// <summary>Whether the file begins with a byte-order mark.</summary>
    public bool? ByteOrderMark { get; init; }

    /// <summary>What stands between two cells: <c>,</c>, <c>;</c>, <c>tab</c> or <c>|</c>.</summary>
    public string? Delimiter { get; init; }

    /// <summary>The decimal sign.</summary>
    public string? Decimal { get; init; }

    /// <summary><c>"</c> where some cell is quoted, else null.</summary>
    public string? Quote { get; init; }

    /// <summary><c>lf</c>, <c>crlf</c>, <c>cr</c>, <c>mixed</c>, or null for a single line.</summary>
    public string? LineEnd { get; init; }

    /// <summary>Whether the first line names the columns; else they are <c>column1</c>, <c>column2</c>, ….</summary>
    public bool? Header { get; init; }
}

/// <summary>One column of a stored table.</summary>
public sealed record DatasetColumn
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What its cells are.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>How many cells have no value.</summary>
    public required long Missing { get; init; }

    /// <summary>How many different values there are.</summary>
    public required long Distinct { get; init; }

    /// <summary>Whether <c>distinct</c> is an estimate (standard error 2.3 %): so beyond 10,000 different values.</summary>
    public required bool DistinctEstimated { get; init; }

    /// <summary>The smallest number; null where the column is not numeric.</summary>
    public required double? Min { get; init; }

    /// <summary>The largest number; null where the column is not numeric.</summary>
    public required double? Max { get; init; }

    /// <summary>The mean; null where the column is not numeric.</summary>
    public required double? Mean { get; init; }

    /// <summary>The standard deviation, of the population; null where the column is not numeric.</summary>
    public required double? StandardDeviation { get; init; }

    /// <summary>The categories in class order (numeric where all are numbers, else ordinal); null for numbers, and beyond 10,000 different texts.</summary>
    public required IReadOnlyList<string>? Categories { get; init; }

    /// <summary>A name or an id: over 20 different texts, more than half of the cells different. Training leaves it out.</summary>
    public required bool LooksLikeId { get; init; }

    internal static DatasetColumn From(ColumnMetadata column) => new()
    {
        Name = column.Name,
        Type = column.Type,
        Missing = column.Missing,
        Distinct = column.Distinct,
        DistinctEstimated = column.DistinctEstimated,
        Min = column.Min,
        Max = column.Max,
        Mean = column.Mean,
        StandardDeviation = column.StandardDeviation,
        Categories = column.Categories,
        LooksLikeId = column.LooksLikeId,
    };
}
