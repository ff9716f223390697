using Microsoft.EntityFrameworkCore;
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
            var gatherer = new ColumnGatherer(Json.Read<ColumnMetadata[]>(content.Columns), columns, rows);
            await ScanAsync(context, content, 0, rows, gatherer.Take, cancellation);
            return new Table(rows, [.. gatherer.Finish()]);
        },
        cancellation);

    /// <summary>Reads whole columns one after the other; the chunks are gone through several times where the columns are too many for the memory.</summary>
    /// <param name="contentId">A content that a name or an open job holds on to.</param>
    /// <param name="columns">The names of the columns wanted.</param>
    /// <param name="memory">Bytes that the columns may take as they are stored; one column is read in any case.</param>
    /// <param name="take">Called for each column in the table's order; what it gets is overwritten when it has returned.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="Refusal">409: as in <see cref="LoadAsync"/>.</exception>
    /// <exception cref="InvalidOperationException">Likewise.</exception>
    public Task ScanColumnsAsync(string contentId, IReadOnlyCollection<string> columns, long memory, Action<TableColumn> take, CancellationToken cancellation) => db.ReadAsync(
        async context =>
        {
            var content = await ReadyAsync(context, contentId, cancellation);
            int rows = checked((int)content.RowCount);
            var all = Json.Read<ColumnMetadata[]>(content.Columns);
            var values = new double[rows];
            foreach (string[] names in Groups(all.Where(c => columns.Contains(c.Name)), rows, memory))
            {
                var gatherer = new ColumnGatherer(all, names, rows);
                await ScanAsync(context, content, 0, rows, gatherer.Take, cancellation);
                foreach (var column in gatherer.Finish(values))
                    take(column);
            }
            return true;
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
            var table = ChunkTable.Of(content, columns);
            await ScanAsync(context, content, first, end, chunk => take((int)chunk.FirstRow, table.Read(chunk.Bytes, chunk.RowCount)), cancellation);
            return true;
        },
        cancellation);

    private static IEnumerable<string[]> Groups(IEnumerable<ColumnMetadata> columns, int rows, long memory)
    {
        var group = new List<string>();
        long bytes = 0;
        foreach (var column in columns)
        {
            bytes += ColumnGatherer.BytesOf(column, rows);
            if (bytes > memory && group.Count > 0)
            {
                yield return [.. group];
                group.Clear();
                bytes = ColumnGatherer.BytesOf(column, rows);
            }
            group.Add(column.Name);
        }
        if (group.Count > 0)
            yield return [.. group];
    }

    private static async Task<DatasetContentRow> ReadyAsync(NeuralDbContext context, string contentId, CancellationToken cancellation) =>
        await context.DatasetContents.SingleOrDefaultAsync(c => c.Id == contentId && c.Ready, cancellation) ?? throw Problems.ChangedMeanwhile("The dataset");

    private static async Task ScanAsync(
        NeuralDbContext context, DatasetContentRow content, int first, int end, Action<DatasetChunkRow> take, CancellationToken cancellation)
    {
        var chunks = context.DatasetChunks.Where(c => c.ContentId == content.Id && c.FirstRow < end && c.FirstRow + c.RowCount > first).OrderBy(c => c.Index);
        long next = first;
        await foreach (var chunk in chunks.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            if (chunk.FirstRow > next)
                break;
            take(chunk);
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
}
