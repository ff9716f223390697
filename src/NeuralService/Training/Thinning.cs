using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>
/// Fewer points of the same curve: Largest-Triangle-Three-Buckets (Steinarsson 2013) on the training loss. The first and the last epoch are kept, and from each
/// bucket in between the one that spans the largest triangle with the point kept before it and the mean of the bucket behind it, so peaks stay.
/// </summary>
internal static class Thinning
{
    /// <summary>Thins a history on its way; two buckets are held at a time.</summary>
    /// <param name="epochs">The epochs in order.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="points">How many to keep, 2 or more; all where there are no more.</param>
    public static async IAsyncEnumerable<EpochReport> ThinAsync(IAsyncEnumerable<EpochReport> epochs, int count, int points)
    {
        EpochReport? kept = null;
        List<EpochReport>? bucket = null;
        await foreach (var next in BucketsAsync(epochs, count, points))
        {
            if (bucket is not null)
            {
                var point = kept is { } before ? Largest(before, bucket, next) : bucket[0];
                kept = point;
                yield return point;
            }

            bucket = next;
        }

        if (bucket is not null) yield return bucket[^1];
    }

    // The first epoch is a bucket of its own, the last one too (with two points everything between is in it, and not kept).
    private static async IAsyncEnumerable<List<EpochReport>> BucketsAsync(IAsyncEnumerable<EpochReport> epochs, int count, int points)
    {
        var bucket = new List<EpochReport>();
        long index = 0, number = 0;
        await foreach (var epoch in epochs)
        {
            long own = points >= count || index == 0 ? index : index == count - 1 ? points - 1 : 1 + (index - 1) * (points - 2) / (count - 2);
            if (own != number)
            {
                yield return bucket;
                (bucket, number) = ([], own);
            }

            bucket.Add(epoch);
            index++;
        }

        if (bucket.Count > 0) yield return bucket;
    }

    private static EpochReport Largest(EpochReport before, List<EpochReport> bucket, List<EpochReport> behind)
    {
        double x = behind.Average(r => (double)r.Epoch), y = behind.Average(r => r.TrainingLoss);
        return bucket.MaxBy(r => Math.Abs((before.Epoch - x) * (r.TrainingLoss - before.TrainingLoss) - (before.Epoch - (double)r.Epoch) * (y - before.TrainingLoss)));
    }
}
