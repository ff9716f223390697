using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace NeuralService.Hosting;

/// <summary>One page of a list, newest first.</summary>
/// <param name="Items">The items of this page.</param>
/// <param name="NextCursor">What to send as <c>cursor</c> for the next page; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Which page of a list is asked for.</summary>
public sealed record PageRequest
{
    /// <summary>How many items a page holds at most.</summary>
    public const int Most = 200;

    /// <summary>How many items at most, 1 to 200; 50 where it is left out.</summary>
    [FromQuery(Name = "limit"), Range(1, Most), DefaultValue(50)]
    public int? Limit { get; init; }

    /// <summary>The <c>nextCursor</c> of the page before; left out for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>Reads the page from rows that have an <c>Id</c>, newest first.</summary>
    /// <param name="rows">The rows to choose from, filtered, in any order.</param>
    /// <param name="idOf">The id of a row.</param>
    /// <param name="map">Makes an item of a row.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="Refusal">422 where the limit is out of its range.</exception>
    public async Task<Page<T>> ReadAsync<TRow, T>(
        IQueryable<TRow> rows, Func<TRow, string> idOf, Func<TRow, T> map, CancellationToken cancellation)
        where TRow : class
    {
        int limit = Checked();
        if (Cursor is not null)
            rows = rows.Where(r => string.Compare(EF.Property<string>(r, "Id"), Cursor) < 0);
        var found = await rows.OrderByDescending(r => EF.Property<string>(r, "Id")).Take(limit + 1).ToListAsync(cancellation);
        string? next = found.Count > limit ? idOf(found[limit - 1]) : null;
        return new Page<T>([.. found.Take(limit).Select(map)], next);
    }

    /// <summary>The limit, where it is in its range.</summary>
    /// <exception cref="Refusal">422 where it is not.</exception>
    public int Checked() => Limit is null ? 50 : Limit is >= 1 and <= Most ? Limit.Value : throw Problems.QueryOutOfRange("limit", Limit.Value, 1, Most);
}
