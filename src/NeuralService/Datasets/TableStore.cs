using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>What is known of a stored table without its rows.</summary>
/// <param name="Name">The name it was found by; null where it was found by its content.</param>
/// <param name="ContentId">Its content, which never changes: what a training job keeps.</param>
/// <param name="Sha256">SHA-256 of the uploaded bytes.</param>
/// <param name="RowCount">How many rows it has.</param>
/// <param name="Columns">Its columns in their order.</param>
public sealed record StoredTable(string? Name, string ContentId, string Sha256, long RowCount, IReadOnlyList<ColumnMetadata> Columns)
{
    /// <summary>The column of this name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ColumnMetadata Column(string name) => Columns.First(c => c.Name == name);
}

/// <summary>Reads stored tables.</summary>
public sealed class TableStore(NeuralDb db)
{
    /// <summary>The table of this name as it is now, without its rows; null where there is none.</summary>
    public Task<StoredTable?> FindAsync(string name, CancellationToken cancellation) => db.ReadAsync(
        async context => await FindAsync(context, name, cancellation) is var (row, content) ? From(row.Name, content) : null,
        cancellation);

    /// <summary>The content, without its rows; null where there is none.</summary>
    public Task<StoredTable?> FindContentAsync(string contentId, CancellationToken cancellation) => db.ReadAsync(
        async context => await context.DatasetContents.SingleOrDefaultAsync(c => c.Id == contentId && c.Ready, cancellation) is { } content ? From(null, content) : null,
        cancellation);

    /// <summary>Reads a content into memory.</summary>
    /// <param name="contentId">A content that a name or an open job holds on to.</param>
    /// <param name="columns">The names of the columns wanted; null for all. They come in the table's order.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="Refusal">409: the content is gone, because its name was replaced or deleted since it was found.</exception>
    /// <exception cref="InvalidOperationException">Not all of the content is there.</exception>
    public Task<Table> LoadAsync(string contentId, IReadOnlyCollection<string>? columns, CancellationToken cancellation) => db.ReadAsync(
        async context =>
        {
            var content = await ReadyAsync(context, contentId, cancellation);
            int rows = checked((int)content.RowCount);
            var table = ChunkTable.Of(content, columns);
            ColumnLoader[] loaders = [.. table.Columns.Select(c => new ColumnLoader(c, rows))];
            await ScanAsync(context, content, table, 0, rows, Take, cancellation);
            return new Table(rows, [.. loaders.Select(l => l.Finish())]);

            void Take(int first, Table chunk)
            {
                for (int i = 0; i < loaders.Length; i++)
                    loaders[i].Take(chunk.Columns[i], first, chunk.RowCount);
            }
        },
        cancellation);

    /// <summary>Reads some rows of a content without ever holding more than a chunk of them.</summary>
    /// <param name="contentId">A content that a name or an open job holds on to.</param>
    /// <param name="columns">The names of the columns wanted; null for all. They come in the table's order.</param>
    /// <param name="first">First row wanted.</param>
    /// <param name="end">Behind the last row wanted.</param>
    /// <param name="take">Called for each chunk with such rows, in order, with the number of its first row; the table it gets is overwritten when it has returned.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="Refusal">409: as in <see cref="LoadAsync"/>.</exception>
    /// <exception cref="InvalidOperationException">Likewise.</exception>
    public Task ScanAsync(string contentId, IReadOnlyCollection<string>? columns, int first, int end, Action<int, Table> take, CancellationToken cancellation) => db.ReadAsync(
        async context =>
        {
            var content = await ReadyAsync(context, contentId, cancellation);
            await ScanAsync(context, content, ChunkTable.Of(content, columns), first, end, take, cancellation);
            return true;
        },
        cancellation);

    private static async Task<DatasetContentRow> ReadyAsync(NeuralDbContext context, string contentId, CancellationToken cancellation) =>
        await context.DatasetContents.SingleOrDefaultAsync(c => c.Id == contentId && c.Ready, cancellation) ?? throw Problems.ChangedMeanwhile("The dataset");

    private static async Task ScanAsync(
        NeuralDbContext context, DatasetContentRow content, ChunkTable table, int first, int end, Action<int, Table> take, CancellationToken cancellation)
    {
        var chunks = context.DatasetChunks.Where(c => c.ContentId == content.Id && c.FirstRow < end && c.FirstRow + c.RowCount > first).OrderBy(c => c.Index);
        long next = first;
        await foreach (var chunk in chunks.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            if (chunk.FirstRow > next)
                break;
            take((int)chunk.FirstRow, table.Read(chunk.Bytes, chunk.RowCount));
            next = chunk.FirstRow + chunk.RowCount;
        }
        if (next < end)
            throw new InvalidOperationException($"The content {content.Id} of a table has not all of its {content.RowCount} rows.");
    }

    /// <summary>The name and its content, in one query: a replacement in between cannot part them.</summary>
    internal static async Task<(DatasetRow Row, DatasetContentRow Content)?> FindAsync(NeuralDbContext context, string name, CancellationToken cancellation)
    {
        var found = await context.Datasets.Where(d => d.Name == name)
            .Join(context.DatasetContents, d => d.ContentId, c => c.Id, (d, c) => new { Row = d, Content = c }).SingleOrDefaultAsync(cancellation);
        return found is null ? null : (found.Row, found.Content);
    }

    private static StoredTable From(string? name, DatasetContentRow content) =>
        new(name, content.Id, content.Sha256, content.RowCount, Json.Read<ColumnMetadata[]>(content.Columns));

    /// <summary>Gathers one column from the chunks.</summary>
    private sealed class ColumnLoader(ColumnMetadata column, int rows)
    {
        private readonly double[] values = new double[rows];
        private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal);   // of a column that stores texts, in the order met

        public void Take(TableColumn chunk, int firstRow, int count)
        {
            var part = values.AsSpan(firstRow, count);
            chunk.Values.AsSpan(0, count).CopyTo(part);
            if (column.Storage != ColumnStorage.Text)
                return;
            int[] known = Array.ConvertAll(chunk.Texts!, CodeOf);
            foreach (ref double value in part)
                value = double.IsNaN(value) ? value : known[(int)value];
        }

        public TableColumn Finish()
        {
            if (column.Storage != ColumnStorage.Text)
                return new TableColumn(column, values, column.Categories?.ToArray());
            var (texts, indexes) = ClassOrder.Of([.. codes.Keys]);
            var ranks = new int[indexes.Length];
            for (int rank = 0; rank < indexes.Length; rank++)
                ranks[indexes[rank]] = rank;
            for (int i = 0; i < values.Length; i++)
                values[i] = double.IsNaN(values[i]) ? double.NaN : ranks[(int)values[i]];
            return new TableColumn(column, values, texts);
        }

        private int CodeOf(string text)
        {
            if (!codes.TryGetValue(text, out int code))
                codes[text] = code = codes.Count;
            return code;
        }
    }
}
