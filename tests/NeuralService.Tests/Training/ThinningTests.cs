using CsCheck;
using NeuralService.Engine;
using NeuralService.Training;

namespace NeuralService.Tests.Training;

public sealed class ThinningTests
{
    [Fact]
    public async Task A_single_peak_is_kept()
    {
        var epochs = Enumerable.Range(0, 10_000).Select(e => Epoch(e, e == 6_789 ? 5 : 1.0 / (e + 1))).ToArray();
        var kept = await Thinning.ThinAsync(epochs.ToAsyncEnumerable(), epochs.Length, 50).ToListAsync();
        Assert.Equal(50, kept.Count);
        Assert.Contains(kept, r => r.Epoch == 6_789);
    }

    [Fact]
    public void Any_curve_keeps_its_ends_and_its_order() => Gen.Select(Gen.Double[0, 10].Array[1, 300], Gen.Int[2, 350]).Sample((losses, points) =>
    {
        var epochs = losses.Select((loss, e) => Epoch(e, loss)).ToArray();
        var kept = Thinning.ThinAsync(epochs.ToAsyncEnumerable(), epochs.Length, points).ToBlockingEnumerable().ToList();
        Assert.Equal(Math.Min(points, epochs.Length), kept.Count);
        Assert.Equal((epochs[0], epochs[^1]), (kept[0], kept[^1]));
        Assert.Equal(kept.OrderBy(r => r.Epoch).Distinct(), kept);
    });

    private static EpochReport Epoch(int epoch, double loss) => new(epoch, loss, null, null, null, 0.1, 1, epoch);
}
