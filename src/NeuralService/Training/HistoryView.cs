using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>
/// A job's loss history as it is at one moment: the stored blocks, then the epochs that a running job has not stored yet; no gap, no epoch twice. The blocks are
/// read some at a time, because a tiny network makes ten million epochs in minutes.
/// </summary>
internal sealed class HistoryView
{
    private const int EpochsAtOnce = 20_000;

    private readonly NeuralDb db;
    private readonly string jobId;
    private readonly List<Block> blocks;
    private readonly EpochReport[] live;

    private HistoryView(NeuralDb db, string jobId, List<Block> blocks, EpochReport[] live)
    {
        (this.db, this.jobId, this.blocks, this.live) = (db, jobId, blocks, live);
        Count = blocks.Sum(b => b.Count) + live.Length;
    }

    /// <summary>How many epochs it holds, with epoch 0.</summary>
    public int Count { get; }

    /// <summary>Looks at the history of a job as it is now.</summary>
    public static async Task<HistoryView> OpenAsync(NeuralDb db, JobFeed feed, string jobId, CancellationToken cancellation)
    {
        // First what is live, then what is stored: an epoch that is stored in between is in both, and taken once.
        var unsaved = feed.Find(jobId)?.Unsaved() ?? [];
        var stored = await db.ReadAsync(
            context => context.LossBlocks.Where(b => b.JobId == jobId).OrderBy(b => b.Index).Select(b => new Block(b.Index, b.FirstEpoch, b.Count)).ToListAsync(cancellation),
            cancellation);
        int next = stored.Count == 0 ? 0 : stored[^1].FirstEpoch + stored[^1].Count;
        return new HistoryView(db, jobId, stored, [.. unsaved.SkipWhile(r => r.Epoch < next)]);
    }

    /// <summary>The epochs in order.</summary>
    public async IAsyncEnumerable<EpochReport> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (int start = 0, end; start < blocks.Count; start = end)
        {
            end = start;
            for (int epochs = 0; end < blocks.Count && epochs < EpochsAtOnce; end++) epochs += blocks[end].Count;
            int first = blocks[start].Index, last = blocks[end - 1].Index;
            var rows = await db.ReadAsync(
                context => context.LossBlocks.Where(b => b.JobId == jobId && b.Index >= first && b.Index <= last).OrderBy(b => b.Index).ToListAsync(cancellation), cancellation);
            foreach (var report in rows.SelectMany(LossHistory.Unpack)) yield return report;
        }

        foreach (var report in live) yield return report;
    }

    private sealed record Block(int Index, int FirstEpoch, int Count);
}
