using System.Buffers.Binary;

namespace NeuralService.Datasets;

/// <summary>Collects the rows of the second pass until they fill a chunk.</summary>
internal sealed class ChunkBuilder(IReadOnlyList<ColumnPlan> plans, byte decimalSign)
{
    private readonly ColumnBlock[] blocks = [.. plans.Select(p => new ColumnBlock(p, decimalSign))];

    /// <summary>Rows collected so far.</summary>
    public int Rows { get; private set; }

    public bool IsFull => Rows >= ChunkFormat.MostRows || (Rows & 15) == 0 && Bytes >= ChunkFormat.ClosedAt;

    private int Bytes => blocks.Sum(b => b.Used);

    public void Add(TableReader row)
    {
        for (int i = 0; i < blocks.Length; i++)
            blocks[i].Add(row.Text(i));
        Rows++;
    }

    /// <summary>The unpacked chunk; the builder is empty again.</summary>
    public byte[] Take()
    {
        byte[] chunk = new byte[(4 * blocks.Length) + Bytes];
        int at = 4 * blocks.Length;
        for (int i = 0; i < blocks.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4 * i), blocks[i].Used);
            at += blocks[i].MoveTo(chunk.AsSpan(at));
        }
        Rows = 0;
        return chunk;
    }
}

/// <summary>The cells of one column in the chunk that is being built.</summary>
internal sealed class ColumnBlock(ColumnPlan plan, byte decimalSign)
{
    private readonly ColumnMetadata column = plan.Metadata;
    private byte[] bytes = new byte[64];

    public int Used { get; private set; }

    public void Add(ReadOnlySpan<byte> text)
    {
        bool missing = Cell.IsMissing(text);
        if (column.Storage == ColumnStorage.Text)
        {
            AddText(text, missing);
            return;
        }
        if (Used + 8 > bytes.Length)
            Array.Resize(ref bytes, 2 * bytes.Length);
        var place = bytes.AsSpan(Used);
        Used += column.Width;
        switch (column.Storage)
        {
            case ColumnStorage.Code:
                WriteWhole(place, missing ? -1 : plan.Codes[plan.Texts!.Find(text)]);
                break;
            case ColumnStorage.Whole:
                WriteWhole(place, missing ? -1 : (long)Number(text) - column.Offset);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(place, missing ? double.NaN : Number(text));
                break;
        }
    }

    public int MoveTo(Span<byte> chunk)
    {
        bytes.AsSpan(0, Used).CopyTo(chunk);
        int moved = Used;
        Used = 0;
        return moved;
    }

    private double Number(ReadOnlySpan<byte> text) => Cell.TryNumber(text, decimalSign, out double number)
        ? number
        : throw new InvalidOperationException("The second pass over a table met another cell than the first.");

    /// <summary>The value's low bytes; −1, a missing cell, is all bits set in each width.</summary>
    private void WriteWhole(Span<byte> place, long value)
    {
        switch (column.Width)
        {
            case 1:
                place[0] = unchecked((byte)value);
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(place, unchecked((ushort)value));
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(place, unchecked((uint)value));
                break;
        }
    }

    private void AddText(ReadOnlySpan<byte> text, bool missing)
    {
        int length = missing ? 0 : text.Length;
        if (Used + 4 + length > bytes.Length)
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, Used + 4 + length));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Used), missing ? -1 : length);
        text[..length].CopyTo(bytes.AsSpan(Used + 4));
        Used += 4 + length;
    }
}
