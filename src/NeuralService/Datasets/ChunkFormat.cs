using System.Buffers.Binary;
using System.IO.Compression;

namespace NeuralService.Datasets;

/// <summary>
/// The bytes of one chunk: some rows, column by column. Unpacked it is the length of each column's block (int32) and the blocks, little-endian, as
/// <see cref="ColumnStorage"/> says. Packed with Brotli at its fastest level.
/// </summary>
internal static class ChunkFormat
{
    /// <summary>Unpacked bytes after which a chunk is closed.</summary>
    public const int ClosedAt = 2 << 20;

    /// <summary>Rows after which a chunk is closed, however few bytes they take.</summary>
    public const int MostRows = 1 << 16;

    /// <summary>The length that a packed chunk tells in its first four bytes, so that it is unpacked into one array.</summary>
    private const int Header = 4;

    public static byte[] Pack(ReadOnlySpan<byte> chunk)
    {
        byte[] packed = new byte[Header + BrotliEncoder.GetMaxCompressedLength(chunk.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(packed, chunk.Length);
        if (!BrotliEncoder.TryCompress(chunk, packed.AsSpan(Header), out int length, quality: 1, window: 18))
            throw new InvalidOperationException("A chunk could not be packed.");
        return packed[..(Header + length)];
    }

    /// <exception cref="InvalidOperationException">The bytes are no packed chunk.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        byte[] chunk = [];
        Unpack(packed, ref chunk);
        return chunk;
    }

    /// <summary>Unpacks into memory that may be there already.</summary>
    /// <param name="packed">The packed chunk.</param>
    /// <param name="memory">Replaced by a larger one where it is too small.</param>
    /// <returns>The unpacked chunk.</returns>
    /// <exception cref="InvalidOperationException">The bytes are no packed chunk.</exception>
    public static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> packed, ref byte[] memory)
    {
        int wanted = BinaryPrimitives.ReadInt32LittleEndian(packed);
        if (memory.Length < wanted)
            memory = new byte[wanted];
        var chunk = memory.AsSpan(0, wanted);
        if (!BrotliDecoder.TryDecompress(packed[Header..], chunk, out int length) || length != wanted)
            throw new InvalidOperationException("A stored chunk of a table cannot be unpacked.");
        return chunk;
    }

    /// <summary>The block of each column in an unpacked chunk.</summary>
    public static Range[] Blocks(ReadOnlySpan<byte> chunk, int columns)
    {
        var blocks = new Range[columns];
        int from = 4 * columns;
        for (int i = 0; i < columns; i++)
        {
            int to = from + BinaryPrimitives.ReadInt32LittleEndian(chunk[(4 * i)..]);
            blocks[i] = from..to;
            from = to;
        }
        return blocks;
    }
}
