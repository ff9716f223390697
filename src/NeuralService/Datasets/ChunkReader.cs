using System.Buffers.Binary;
using System.Text;

namespace NeuralService.Datasets;

/// <summary>Reads the cells of one column's block.</summary>
internal static class ChunkReader
{
    /// <summary>The stored values of a numeric column, or the codes of another; NaN is a missing cell. Not for <see cref="ColumnStorage.Text"/>.</summary>
    public static void ReadNumbers(ColumnMetadata column, ReadOnlySpan<byte> block, Span<double> values)
    {
        if (column.Storage == ColumnStorage.Real)
        {
            for (int row = 0; row < values.Length; row++)
                values[row] = BinaryPrimitives.ReadDoubleLittleEndian(block[(8 * row)..]);
            return;
        }
        long missing = column.Missing == 0 ? -1 : uint.MaxValue >> (32 - (8 * column.Width));
        for (int row = 0; row < values.Length; row++)
        {
            long stored = column.Width switch
            {
                1 => block[row],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(block[(2 * row)..]),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * row)..]),
            };
            values[row] = stored == missing ? double.NaN : stored + column.Offset;
        }
    }

    /// <summary>The texts of a column that stores them; null is a missing cell.</summary>
    public static void ReadTexts(ReadOnlySpan<byte> block, Span<string?> texts)
    {
        int at = 0;
        for (int row = 0; row < texts.Length; row++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(block[at..]);
            at += 4;
            texts[row] = length < 0 ? null : Encoding.UTF8.GetString(block.Slice(at, length));
            at += Math.Max(length, 0);
        }
    }
}
