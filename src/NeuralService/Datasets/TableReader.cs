using System.Text;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>Where a cell lies in its reader's buffer. A text (a JSON string) is never taken for a number or a boolean.</summary>
internal readonly record struct CellSpan(int Start, int Length, bool IsText);

/// <summary>
/// A table read row by row from a stream, in one pass and little memory: <see cref="Read"/> moves to the next row, whose cells lie in a buffer
/// until the next call. Rows of the wrong length are noted in <see cref="Faults"/> and passed over; what cannot be read past is thrown.
/// </summary>
internal abstract class TableReader : IDisposable
{
    /// <summary>After so many faulty rows the rest is not worth reading: <see cref="Read"/> ends.</summary>
    protected const int MostFaultyRows = 20;

    protected byte[] Buffer = [];
    protected CellSpan[] Cells = [];

    /// <summary>The columns' names, in their order.</summary>
    public IReadOnlyList<string> Columns { get; protected set; } = [];

    /// <summary>The sign between a number's whole and its fraction.</summary>
    public byte DecimalSign { get; protected init; } = (byte)'.';

    /// <summary>What is wrong with the rows read so far.</summary>
    public Faults Faults { get; } = new();

    /// <summary>How many rows were passed over because of a fault.</summary>
    public int FaultyRows { get; protected set; }

    /// <summary>Moves to the next row; false after the last.</summary>
    public abstract bool Read();

    /// <summary>The refusal of a table that has columns alone.</summary>
    public abstract Refusal NoRows { get; }

    /// <summary>The path of a cell of this row for a list of faults, and the words for its place: "Line 7, column 2 (age)".</summary>
    public abstract (string Path, string Words) Place(int column);

    /// <summary>The text of a cell of this row.</summary>
    public ReadOnlySpan<byte> Text(int column)
    {
        ref readonly var cell = ref Cells[column];
        return Buffer.AsSpan(cell.Start, cell.Length);
    }

    /// <summary>True where the cell is a JSON string: a word, whatever it says.</summary>
    public bool IsText(int column) => Cells[column].IsText;

    /// <summary>The text of a cell of this row as a string.</summary>
    public string String(int column) => Encoding.UTF8.GetString(Text(column));

    public abstract void Dispose();
}
