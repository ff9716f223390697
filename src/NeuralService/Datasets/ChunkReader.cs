using System.Buffers.Binary;
using System.Text;

namespace NeuralService.Datasets;

/// <summary>Reads the cells of one column's block.</summary>
internal static class ChunkReader
{
    /// <summary>The stored values of a numeric column, or the codes of another; NaN is a missing cell. Not for <see cref="ColumnStorage.Text"/>.</summary>
    public static void ReadNumbers(ColumnMetadata column, ReadOnlySpan<byte> block, Span<double> values)
    {
        for (int row = 0; row < values.Length; row++)
        {
            var place = block[(row * column.Width)..];
            values[row] = column.Storage == ColumnStorage.Real ? BinaryPrimitives.ReadDoubleLittleEndian(place) : column.Width switch
            {
                1 => place[0] == byte.MaxValue ? double.NaN : place[0] + column.Offset,
                2 => BinaryPrimitives.ReadUInt16LittleEndian(place) is var two && two == ushort.MaxValue ? double.NaN : two + column.Offset,
                _ => BinaryPrimitives.ReadUInt32LittleEndian(place) is var four && four == uint.MaxValue ? double.NaN : four + column.Offset,
            };
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
