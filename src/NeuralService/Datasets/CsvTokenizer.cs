using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Datasets;

/// <summary>
/// Cuts UTF-8 text into rows of cells. A cell may stand in double quotes, with line ends and doubled quotes inside; blanks around an unquoted
/// cell, and around the quotes of a quoted one, are dropped; a quote inside an unquoted cell is a character like any other. A row ends with
/// LF, CRLF or CR; lines with nothing but blanks are passed over. Every fault is thrown with its line and column, which no CSV library at hand tells.
/// </summary>
internal sealed class CsvTokenizer(Stream stream, byte delimiter, int bufferSize = 1 << 20)
{
    /// <summary>A row longer than this many bytes is most likely a quote that was never closed.</summary>
    public const int LongestRow = 64 << 20;

    private const int Block = 64;                     // bytes looked at in one step; the buffer has as many to spare behind its end
    private readonly List<int> doubled = [];          // cells of this row with doubled quotes
    private byte[] buffer = new byte[bufferSize + Block];
    private CellSpan[] cells = new CellSpan[16];
    private int start, filled;                        // the row begins at start; bytes from filled on are stale
    private bool ended;                               // the stream has no more bytes than those in the buffer
    private int block;                                // the bits of pending belong to the bytes from here on
    private ulong pending;                            // one bit for each special byte of the block that was not looked at yet
    private long nextLine = 1;

    public byte[] Buffer => buffer;
    public CellSpan[] Cells => cells;

    /// <summary>Cells of this row.</summary>
    public int Count { get; private set; }

    /// <summary>The line on which this row begins, counted from 1.</summary>
    public long Line { get; private set; } = 1;

    public long BlankLines { get; private set; }
    public long QuotedCells { get; private set; }
    public long LineFeeds { get; private set; }
    public long CarriageReturns { get; private set; }
    public long CarriageReturnLineFeeds { get; private set; }

    /// <summary>Moves to the next row that is not blank; false after the last.</summary>
    public bool Read()
    {
        while (true)
        {
            if (start == filled && (ended || !Refill()))
                return false;
            long quotedBefore = QuotedCells;
            if (!TryRow())
                Refill();
            else if (Count > 1 || cells[0].Length > 0 || QuotedCells > quotedBefore)
                return true;
            else
                BlankLines++;
        }
    }

    /// <summary>Cuts the row at <see cref="start"/>; false where the buffer ends before it does.</summary>
    private bool TryRow()
    {
        int cell = start, breaks = 0, quoted = 0;
        Count = 0;
        Line = nextLine;
        doubled.Clear();
        while (true)
        {
            int at = Next();
            if (At(at) == '"' && OnlyBlanks(cell, at))
            {
                int from = at + 1;
                if (!TryClosingQuote(ref at, ref breaks))
                    return false;
                int to = at;
                at = Next();
                if (at == filled && !ended)
                    return false;
                if (!OnlyBlanks(to + 1, at) || At(at) == '"')
                    throw Problems.TextAfterQuote(nextLine + breaks, Count + 1);
                quoted++;
                Add(new CellSpan(from, to - from, IsText: false));
            }
            else
            {
                while (At(at) == '"')
                    at = Next();
                if (at == filled && !ended)
                    return false;
                Add(Trimmed(cell, at));
            }

            int end = At(at);
            if (end == delimiter)
            {
                cell = at + 1;
                continue;
            }
            if (end == 0)
                throw Problems.BinaryJunk(nextLine + breaks, Count);
            if (!TryEndRow(at, breaks))
                return false;
            QuotedCells += quoted;
            foreach (int i in doubled)
                Undouble(ref cells[i]);
            return true;
        }
    }

    /// <summary>Moves <paramref name="at"/> from an opening quote to the one that closes it; false where the buffer ends before.</summary>
    private bool TryClosingQuote(ref int at, ref int breaks)
    {
        int opened = breaks;
        while (true)
        {
            at = Next();
            if (at + 1 >= filled && !ended)
                return false;
            switch (At(at))
            {
                case -1:
                    throw Problems.UnclosedQuote(nextLine + opened, Count + 1);
                case 0:
                    throw Problems.BinaryJunk(nextLine + breaks, Count + 1);
                case '"' when At(at + 1) == '"':
                    if (doubled.Count == 0 || doubled[^1] != Count)
                        doubled.Add(Count);
                    Next();
                    break;
                case '"':
                    return true;
                case '\n':
                case '\r' when At(at + 1) != '\n':
                    breaks++;
                    break;
            }
        }
    }

    /// <summary>Steps over the line end at <paramref name="at"/>; false where the buffer ends between CR and what may be its LF.</summary>
    private bool TryEndRow(int at, int breaks)
    {
        switch (At(at))
        {
            case '\r' when at + 1 == filled && !ended:
                return false;
            case '\r' when At(at + 1) == '\n':
                CarriageReturnLineFeeds++;
                at = Next();
                break;
            case '\r':
                CarriageReturns++;
                break;
            case '\n':
                LineFeeds++;
                break;
        }
        start = Math.Min(at + 1, filled);
        nextLine += breaks + 1;
        return true;
    }

    /// <summary>The byte there, or -1 behind the last.</summary>
    private int At(int position) => position < filled ? buffer[position] : -1;

    private void Add(CellSpan cell)
    {
        if (Count == cells.Length)
            Array.Resize(ref cells, cells.Length * 2);
        cells[Count++] = cell;
    }

    private bool IsBlank(byte b) => b == ' ' || (b == '\t' && delimiter != '\t');

    private bool OnlyBlanks(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (!IsBlank(buffer[i]))
                return false;
        }
        return true;
    }

    private CellSpan Trimmed(int from, int to)
    {
        while (from < to && IsBlank(buffer[from]))
            from++;
        while (to > from && IsBlank(buffer[to - 1]))
            to--;
        return new CellSpan(from, to - from, IsText: false);
    }

    /// <summary>Turns each doubled quote of a cell into one, in the buffer. Only for a whole row: one cut off by the buffer's end is read again.</summary>
    private void Undouble(ref CellSpan cell)
    {
        var text = buffer.AsSpan(cell.Start, cell.Length);
        int to = 0;
        for (int from = 0; from < text.Length; from++)
        {
            text[to++] = text[from];
            if (text[from] == '"')
                from++;
        }
        cell = cell with { Length = to };
    }

    /// <summary>Moves the row to the buffer's start and reads on behind it; false where the stream has ended.</summary>
    private bool Refill()
    {
        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        filled -= start;
        start = 0;
        if (filled == buffer.Length - Block)
        {
            if (filled >= LongestRow)
                throw Problems.RowTooLong(nextLine, LongestRow);
            Array.Resize(ref buffer, (2 * filled) + Block);
        }
        int read = stream.Read(buffer, filled, buffer.Length - Block - filled);
        filled += read;
        ended = read == 0;
        block = 0;
        pending = Specials(0);
        return read > 0;
    }

    /// <summary>The position of the next special byte, or <see cref="filled"/> where the buffer has no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Next()
    {
        while (pending == 0)
        {
            if (block + Block >= filled)
                return filled;
            block += Block;
            pending = Specials(block);
        }
        int at = block + BitOperations.TrailingZeroCount(pending);
        pending &= pending - 1;
        return Math.Min(at, filled);
    }

    /// <summary>One bit for each of the 64 bytes from <paramref name="at"/> on that is a delimiter, a quote, a line end or NUL.</summary>
    private ulong Specials(int at)
    {
        ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(buffer), at);
        ulong bits = 0;
        for (int i = 0; i < Block; i += Vector256<byte>.Count)
        {
            var bytes = Vector256.LoadUnsafe(ref first, (nuint)i);
            var special = Vector256.Equals(bytes, Vector256.Create(delimiter))
                | Vector256.Equals(bytes, Vector256.Create((byte)'"'))
                | Vector256.Equals(bytes, Vector256.Create((byte)'\n'))
                | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))
                | Vector256.Equals(bytes, Vector256<byte>.Zero);
            bits |= (ulong)special.ExtractMostSignificantBits() << i;
        }
        return bits;
    }
}
