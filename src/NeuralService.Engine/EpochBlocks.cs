using System.Numerics;

namespace NeuralService.Engine;

/// <summary>
/// The order in which an epoch goes through its rows: in blocks, whose order is drawn, and within a block in an order that is drawn too. Both are functions of
/// seed and epoch. A table of one block is thereby shuffled whole; of a larger one, only a block and the next need be in memory. The blocks are the same
/// whether they are or not, and so are the bits of the result.
/// </summary>
internal sealed class EpochBlocks
{
    /// <summary>Most rows of a block, before it is rounded up to whole batches.</summary>
    public const int Rows = 65_536;

    // A block of wide rows has fewer of them: at most 256 MiB, for two lie in memory at once. All are powers of two, so that the pieces of an evaluation divide them.
    private const int MostValues = 1 << 26, FewestRows = 2048;

    private readonly Samples _samples;
    private readonly bool _shuffles;
    private readonly ulong _seed;
    private readonly int _blockRows;
    private readonly int[] _blocks, _order;
    private int _epoch, _next, _position, _ordered = -1; // the last: the block that the order is of
    private Task<Samples>? _ahead;

    /// <param name="samples">The rows.</param>
    /// <param name="batchRows">Rows of a batch; none reaches over the end of a block, but for one that is all rows.</param>
    /// <param name="shuffles">Whether an order is drawn; else rows come as they stand.</param>
    /// <param name="seed">Key of the draw.</param>
    public EpochBlocks(Samples samples, int batchRows, bool shuffles, ulong seed)
    {
        (_samples, _shuffles, _seed) = (samples, shuffles, seed);
        int rows = RowsOfBlock(samples.InputSize);
        long whole = batchRows >= samples.Rows ? rows : (rows + (long)batchRows - 1) / batchRows * batchRows;
        _blockRows = (int)Math.Min(whole, samples.Rows);
        _blocks = [.. Enumerable.Range(0, (samples.Rows + _blockRows - 1) / _blockRows)];
        _order = new int[_blockRows];
    }

    /// <summary>Rows of a block, before it is rounded up to whole batches.</summary>
    /// <param name="inputSize">Values of one row.</param>
    public static int RowsOfBlock(int inputSize) => 1 << BitOperations.Log2((uint)Math.Clamp(MostValues / inputSize, FewestRows, Rows));

    /// <summary>Begins an epoch.</summary>
    public void Begin(int epoch)
    {
        (_epoch, _next, _position) = (epoch, 0, 0);
        if (!_shuffles || _blocks.Length == 1) return;
        for (int i = 0; i < _blocks.Length; i++) _blocks[i] = i;
        Philox.Shuffle(_blocks, _seed, RandomPurpose.Blocks, 0, (uint)epoch);
        _ahead = null;
    }

    /// <summary>The next block of the epoch; false after the last.</summary>
    /// <param name="block">Its rows, in their order, and how many rows of the epoch came before.</param>
    public bool Next(out EpochBlock block)
    {
        block = default;
        if (_next == _blocks.Length) return false;
        int number = _blocks[_next++], count = RowsOf(number);
        int start = _samples.IsStreamed ? 0 : number * _blockRows;
        var data = _samples.IsStreamed ? Read(number) : _samples;
        var order = _order.AsSpan(0, count);
        if (_shuffles || _ordered != number)
        {
            for (int i = 0; i < count; i++) order[i] = start + i;
            _ordered = number;
        }

        if (_shuffles) Philox.Shuffle(order, _seed, RandomPurpose.Shuffle, (uint)number, (uint)_epoch);
        block = new EpochBlock(data, order, _position, _next == _blocks.Length);
        _position += count;
        return true;
    }

    private int RowsOf(int number) => Math.Min(_blockRows, _samples.Rows - number * _blockRows);

    // One block is read while the one before it is worked on.
    private Samples Read(int number)
    {
        var data = (_ahead ?? ReadAsync(number)).GetAwaiter().GetResult();
        _ahead = _next < _blocks.Length ? ReadAsync(_blocks[_next]) : null;
        return data;
    }

    private Task<Samples> ReadAsync(int number) => _samples.ReadAsync(number * _blockRows, RowsOf(number));
}

/// <summary>Rows that an epoch goes through next.</summary>
/// <param name="samples">Where they are.</param>
/// <param name="order">Which rows of the samples, in their order.</param>
/// <param name="position">Rows of the epoch before these.</param>
/// <param name="isLast">Whether no more come.</param>
internal readonly ref struct EpochBlock(Samples samples, ReadOnlySpan<int> order, int position, bool isLast)
{
    public Samples Samples { get; } = samples;

    public ReadOnlySpan<int> Order { get; } = order;

    public int Position { get; } = position;

    public bool IsLast { get; } = isLast;
}
