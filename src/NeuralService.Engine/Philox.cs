namespace NeuralService.Engine;

/// <summary>What a random number is for; part of the counter, so that no two uses ever share one.</summary>
internal enum RandomPurpose : uint
{
    Weights = 1,
    Shuffle = 2,
    Dropout = 3,
    Split = 4,
    Blocks = 5,
}

/// <summary>
/// Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011). A random number is a function
/// of seed and counter, not a stream: nothing has to be stored to go on, and any thread may compute any part (design law 2).
/// </summary>
internal static class Philox
{
    /// <summary>The 128 random bits of one counter.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="purpose">What for.</param>
    /// <param name="part">Which of several of that purpose: a layer, 0 .. 2^24 − 1.</param>
    /// <param name="epoch">In which epoch, 0 where it does not matter.</param>
    /// <param name="index">Which one.</param>
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong seed, RandomPurpose purpose, uint part, uint epoch, ulong index) =>
        Rounds(((uint)purpose << 24) | part, epoch, (uint)index, (uint)(index >> 32), (uint)seed, (uint)(seed >> 32));

    /// <summary>A number in [0, 1) with 53 random bits, from one counter.</summary>
    public static double Uniform(ulong seed, RandomPurpose purpose, uint part, uint epoch, ulong index)
    {
        var (x0, x1, _, _) = Block(seed, purpose, part, epoch, index);
        return ToUnit(x0, x1);
    }

    /// <summary>A standard normal variate, from one counter (Box and Muller 1958).</summary>
    public static double Normal(ulong seed, RandomPurpose purpose, uint part, uint epoch, ulong index)
    {
        var (x0, x1, x2, x3) = Block(seed, purpose, part, epoch, index);
        double radius = Math.Sqrt(-2 * Elementary.Log(1 - ToUnit(x0, x1)));
        return radius * Elementary.Cos(2 * Math.PI * ToUnit(x2, x3));
    }

    /// <summary>Puts the numbers of <paramref name="items"/> in random order (Fisher and Yates), the same for the same seed, purpose and epoch.</summary>
    public static void Shuffle(Span<int> items, ulong seed, RandomPurpose purpose, uint part, uint epoch)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            // One block of 128 random bits serves two neighbouring places.
            var (x0, x1, x2, x3) = Block(seed, purpose, part, epoch, (ulong)(i >> 1));
            if ((i & 1) == 1)
            {
                Swap(items, i, ((ulong)x2 << 32) | x3);
                if (--i == 0) return;
            }

            Swap(items, i, ((ulong)x0 << 32) | x1);
        }

        static void Swap(Span<int> items, int i, ulong random)
        {
            int j = (int)Math.BigMul(random, (ulong)i + 1, out _);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The ten rounds on a counter of four words and a key of two.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Rounds(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)c0 * 0xD2511F53, p1 = (ulong)c2 * 0xCD9E8D57;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    private static double ToUnit(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53));
}
