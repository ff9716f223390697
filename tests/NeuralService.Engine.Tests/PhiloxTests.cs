using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>The counter-based generator, and what is drawn with it.</summary>
public class PhiloxTests
{
    // From the file kat_vectors of the Random123 distribution, philox4x32-10: counter, key, result.
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, "6627e8d5 e169c58d bc57ac4c 9b00dbd8")]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, "408f276d 41c83b0e a20bc7c6 6d5451fd")]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, "d16cfe09 94fdcceb 5001e420 24126ea1")]
    public void Known_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, string expected)
    {
        var (x0, x1, x2, x3) = Philox.Rounds(c0, c1, c2, c3, k0, k1);

        Assert.Equal(expected, $"{x0:x8} {x1:x8} {x2:x8} {x3:x8}");
    }

    [Fact]
    public void No_two_uses_share_a_block()
    {
        var blocks = new HashSet<(uint, uint, uint, uint)>();
        int drawn = 0;
        foreach (var purpose in Enum.GetValues<RandomPurpose>())
        {
            foreach (ulong seed in new ulong[] { 0, 1, 1UL << 32, (1UL << 53) - 1 })
            {
                for (uint part = 0; part < 3; part++)
                {
                    for (uint epoch = 0; epoch < 3; epoch++)
                    {
                        foreach (ulong index in new ulong[] { 0, 1, 1UL << 32 })
                        {
                            blocks.Add(Philox.Block(seed, purpose, part, epoch, index));
                            drawn++;
                        }
                    }
                }
            }
        }

        Assert.Equal(drawn, blocks.Count);
    }

    [Fact]
    public void Uniform_numbers_are_in_0_1_with_the_moments_of_their_distribution()
    {
        double[] u = [.. Enumerable.Range(0, 20_000).Select(i => Philox.Uniform(1, RandomPurpose.Weights, 0, 0, (ulong)i))];

        Assert.All(u, v => Assert.InRange(v, 0, 1 - 1e-16));
        Assert.Equal(0.5, u.Average(), 0.01);
        Assert.Equal(1 / 12.0, u.Average(v => (v - 0.5) * (v - 0.5)), 0.002);
        Assert.Equal(0, u.Zip(u.Skip(1), (a, b) => (a - 0.5) * (b - 0.5)).Average(), 0.003); // neighbours have nothing to do with each other
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_their_distribution()
    {
        double[] x = [.. Enumerable.Range(0, 20_000).Select(i => Philox.Normal(1, RandomPurpose.Weights, 0, 0, (ulong)i))];

        Assert.All(x, v => Assert.True(double.IsFinite(v)));
        Assert.Equal(0, x.Average(), 0.02);
        Assert.Equal(1, x.Average(v => v * v), 0.03);
        Assert.Equal(0, x.Average(v => v * v * v), 0.08);
        Assert.Equal(3, x.Average(v => v * v * v * v), 0.2);
        Assert.Equal(0.6827, x.Count(v => Math.Abs(v) < 1) / 20_000.0, 0.01);
    }

    [Fact]
    public void A_shuffle_is_a_permutation() =>
        Gen.Select(Gen.Int[0, 300], Gen.ULong[0, (1UL << 53) - 1], Gen.UInt[1, 1000]).Sample((count, seed, epoch) =>
            Shuffled(count, seed, epoch).Order().SequenceEqual(Enumerable.Range(0, count)), iter: 200);

    [Fact]
    public void A_shuffle_depends_on_seed_and_epoch_and_on_nothing_else()
    {
        Assert.Equal(Shuffled(100, 7, 3), Shuffled(100, 7, 3));
        Assert.NotEqual(Shuffled(100, 7, 3), Shuffled(100, 7, 4));
        Assert.NotEqual(Shuffled(100, 7, 3), Shuffled(100, 8, 3));
    }

    [Fact]
    public void Every_order_is_equally_likely()
    {
        // Six orders of three rows over 6000 seeds: 1000 each, give or take 29 (one standard deviation).
        var counts = Enumerable.Range(0, 6000).GroupBy(seed => string.Join(",", Shuffled(3, (ulong)seed, 1))).Select(g => g.Count()).ToArray();

        Assert.Equal(6, counts.Length);
        Assert.All(counts, c => Assert.InRange(c, 870, 1130));
    }

    private static int[] Shuffled(int count, ulong seed, uint epoch)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        Philox.Shuffle(items, seed, RandomPurpose.Shuffle, 0, epoch);
        return items;
    }
}
