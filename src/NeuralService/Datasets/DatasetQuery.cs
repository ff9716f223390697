using Microsoft.AspNetCore.Mvc;

namespace NeuralService.Datasets;

/// <summary>What may be said about an uploaded file, instead of having it guessed.</summary>
public sealed record DatasetQuery
{
    /// <summary>What stands between two cells of a CSV file: <c>,</c>, <c>;</c>, <c>tab</c> or <c>|</c>. Detected where it is left out.</summary>
    [FromQuery(Name = "delimiter")]
    public string? Delimiter { get; init; }

    /// <summary>The decimal sign of a CSV file: <c>.</c> or <c>,</c>. Detected where it is left out.</summary>
    [FromQuery(Name = "decimal")]
    public string? DecimalSign { get; init; }

    /// <summary>How a CSV file's bytes are text: <c>utf-8</c>, <c>utf-16le</c>, <c>utf-16be</c> or <c>latin1</c>. Detected where it is left out.</summary>
    [FromQuery(Name = "encoding")]
    public string? Encoding { get; init; }

    /// <summary>Whether a CSV file's first line names the columns: <c>true</c> or <c>false</c>. Detected where it is left out.</summary>
    [FromQuery(Name = "header")]
    public string? Header { get; init; }

    /// <summary>Types of columns that are not to be guessed: <c>age:numeric,zip:categorical,member:boolean</c>.</summary>
    [FromQuery(Name = "types")]
    public string? Types { get; init; }
}
