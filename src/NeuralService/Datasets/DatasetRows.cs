using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>Some rows of a table, as they were read.</summary>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">Numbers, texts, booleans; null where a cell is missing.</param>
/// <param name="Offset">The number of the first of these rows, counted from 0.</param>
/// <param name="RowCount">How many rows the whole table has.</param>
public sealed record DatasetRows(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<JsonElement>> Rows, long Offset, long RowCount)
{
    private static readonly JsonElement Null = JsonSerializer.SerializeToElement<object?>(null);
    private static readonly JsonElement False = JsonSerializer.SerializeToElement(false);
    private static readonly JsonElement True = JsonSerializer.SerializeToElement(true);

    /// <summary>Reads the rows from <paramref name="offset"/> on out of their chunks; null where the content was removed meanwhile.</summary>
    internal static async Task<DatasetRows?> ReadAsync(
        NeuralDbContext context, StoredTable table, long offset, int limit, CancellationToken cancellation)
    {
        long first = Math.Min(offset, table.RowCount), end = Math.Min(first + limit, table.RowCount);
        var rows = new JsonElement[end - first][];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new JsonElement[table.Columns.Count];
        int found = 0;
        var chunks = context.DatasetChunks.Where(c => c.ContentId == table.ContentId && c.FirstRow < end && c.FirstRow + c.RowCount > first).OrderBy(c => c.Index);
        await foreach (var chunk in chunks.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            int skip = (int)Math.Max(0, first - chunk.FirstRow);
            int count = (int)Math.Min(chunk.RowCount - skip, rows.Length - found);
            byte[] bytes = ChunkFormat.Unpack(chunk.Bytes);
            var blocks = ChunkFormat.Blocks(bytes, table.Columns.Count);
            for (int column = 0; column < blocks.Length; column++)
            {
                var cells = Cells(table.Columns[column], bytes.AsSpan(blocks[column]), skip + count);
                for (int i = 0; i < count; i++)
                    rows[found + i][column] = cells(skip + i);
            }
            found += count;
        }
        return found == rows.Length ? new DatasetRows([.. table.Columns.Select(c => c.Name)], rows, offset, table.RowCount) : null;
    }

    private static Func<int, JsonElement> Cells(ColumnMetadata column, ReadOnlySpan<byte> block, int count)
    {
        if (column.Storage == ColumnStorage.Text)
        {
            var texts = new string?[count];
            ChunkReader.ReadTexts(block, texts);
            return row => JsonSerializer.SerializeToElement(texts[row]);
        }
        var values = new double[count];
        ChunkReader.ReadNumbers(column, block, values);
        JsonElement[] categories = column.Type switch
        {
            ColumnType.Boolean => [False, True],
            ColumnType.Categorical => [.. column.Categories!.Select(c => JsonSerializer.SerializeToElement(c))],
            _ => [],
        };
        return row => double.IsNaN(values[row]) ? Null
            : column.Type == ColumnType.Numeric ? JsonSerializer.SerializeToElement(values[row])
            : categories[(int)values[row]];
    }
}
