using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>
/// Writes contents of tables in pieces, each in a short transaction of its own, and makes them visible with the last; removes those that nothing uses.
/// A content that is not ready belongs to an upload under way, or is left over from one.
/// </summary>
public sealed class ContentStore(NeuralDb db, TimeProvider clock, ILogger<ContentStore> log)
{
    /// <summary>Chunks removed in one transaction, so that no other write waits long.</summary>
    private const int RemovedAtOnce = 16;

    private static readonly string[] OpenStatuses = ["queued", "running", "paused"];

    /// <summary>Stores a table. The last chunk, the content and what <paramref name="publish"/> writes become visible together, or nothing does.</summary>
    internal async Task<T> WriteAsync<T>(
        SpooledFile file, ReadTable table, Func<NeuralDbContext, DatasetContentRow, Task<T>> publish, CancellationToken cancellation)
    {
        var content = new DatasetContentRow
        {
            Id = Ids.New(),
            Sha256 = file.Sha256,
            Bytes = file.Bytes,
            RowCount = table.Profile.Rows,
            Format = Json.Write(table.Format),
            Warnings = Json.Write(table.Warnings),
            Columns = Json.Write(table.Profile.Columns.Select(c => c.Metadata)),
            CreatedAt = clock.Now(),
        };
        var chunks = new ChunkSequence(content.Id);
        var storing = Task.CompletedTask;             // while one chunk is packed and written the next one is read
        try
        {
            using var reader = table.Open();
            var builder = new ChunkBuilder(table.Profile.Columns, table.DecimalSign);
            while (reader.Read())
            {
                if (builder.IsFull)
                {
                    var (rows, bytes) = (builder.Rows, builder.Take());
                    await storing;
                    storing = Task.Run(() => StoreAsync(content, chunks.Next(rows, bytes), cancellation), cancellation);
                }
                builder.Add(reader);
            }
            await storing;
            return await FinishAsync(content, chunks.Next(builder.Rows, builder.Take()), publish, cancellation);
        }
        catch
        {
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (chunks.Count > 0)
                await RemoveAsync(content.Id, CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Removes these contents where no name and no open job uses them. Call it after the transaction that let go of them. What the database refuses to remove
    /// now is removed at the next start: nobody who let go of a table is told that it failed.
    /// </summary>
    public async Task ReleaseAsync(IEnumerable<string?> contentIds, CancellationToken cancellation)
    {
        foreach (string id in contentIds.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            try
            {
                if (await MarkUnusedAsync(id, cancellation))
                    await RemoveAsync(id, cancellation);
            }
            catch (Exception e) when (e is Refusal or DbException or DbUpdateException)
            {
                log.LogWarning(e, "The unused content {ContentId} of a table stays until the next start", id);
            }
        }
    }

    /// <summary>At start: removes what uploads, deletions and ended jobs of an earlier process left behind.</summary>
    public async Task CleanAsync(CancellationToken cancellation)
    {
        var ids = await db.ReadAsync(context => context.DatasetContents.Select(c => c.Id).ToListAsync(cancellation), cancellation);
        await ReleaseAsync(ids, cancellation);
    }

    /// <summary>The open jobs that read this content.</summary>
    public static IQueryable<TrainingJobRow> JobsUsing(NeuralDbContext context, string contentId) => context.TrainingJobs.Where(j =>
        OpenStatuses.Contains(j.Status) && (j.ContentId == contentId || j.ValidationContentId == contentId || j.TestContentId == contentId));

    /// <summary>Makes a content that nothing uses not ready, so that nothing new can use it; false where something does.</summary>
    private Task<bool> MarkUnusedAsync(string id, CancellationToken cancellation) => db.WriteAsync(
        async context => !await IsUsedAsync(context, id, cancellation)
            && await context.DatasetContents.Where(c => c.Id == id).ExecuteUpdateAsync(u => u.SetProperty(c => c.Ready, false), cancellation) > 0,
        cancellation);

    private static async Task<bool> IsUsedAsync(NeuralDbContext context, string id, CancellationToken cancellation) =>
        await context.Datasets.AnyAsync(d => d.ContentId == id, cancellation) || await JobsUsing(context, id).AnyAsync(cancellation);

    private Task StoreAsync(DatasetContentRow content, DatasetChunkRow chunk, CancellationToken cancellation) => db.WriteAsync(
        context =>
        {
            if (chunk.Index == 0)
                context.DatasetContents.Add(content);
            context.DatasetChunks.Add(chunk);
            return Task.CompletedTask;
        },
        cancellation);

    private Task<T> FinishAsync<T>(
        DatasetContentRow content, DatasetChunkRow last, Func<NeuralDbContext, DatasetContentRow, Task<T>> publish, CancellationToken cancellation) => db.WriteAsync(
        async context =>
        {
            if (last.Index == 0)
                context.DatasetContents.Add(content);
            else
                context.DatasetContents.Attach(content);
            content.Ready = true;
            context.DatasetChunks.Add(last);
            await context.SaveChangesAsync(cancellation);
            return await publish(context, content);
        },
        cancellation);

    private async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        int removed;
        do
        {
            removed = await db.WriteAsync(
                async context =>
                {
                    var some = await context.DatasetChunks.Where(c => c.ContentId == id).OrderBy(c => c.Index).Take(RemovedAtOnce).Select(c => c.Index).ToListAsync(cancellation);
                    return await context.DatasetChunks.Where(c => c.ContentId == id && some.Contains(c.Index)).ExecuteDeleteAsync(cancellation);
                },
                cancellation);
        }
        while (removed > 0);
        await db.WriteAsync(context => context.DatasetContents.Where(c => c.Id == id && !c.Ready).ExecuteDeleteAsync(cancellation), cancellation);
    }

    /// <summary>Numbers the chunks of one content.</summary>
    private sealed class ChunkSequence(string contentId)
    {
        private long firstRow;

        public int Count { get; private set; }

        public DatasetChunkRow Next(int rows, byte[] bytes)
        {
            var chunk = new DatasetChunkRow { ContentId = contentId, Index = Count++, FirstRow = firstRow, RowCount = rows, Bytes = ChunkFormat.Pack(bytes) };
            firstRow += rows;
            return chunk;
        }
    }
}
