using System.Runtime.InteropServices;

namespace NeuralService.Engine;

/// <summary>
/// How a matrix lies in memory for the kernels: cut into panels of neighbouring columns, each panel contiguous, row by row. A tile of a product then reads and
/// writes memory in one direction, whatever the matrix's width. Columns beyond the last, up to the panel's width, hold 0.
/// </summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
internal readonly record struct PanelShape(int Rows, int Columns)
{
    /// <summary>Columns of a panel: 4, 8, 16 or 32. The layout does not depend on the processor.</summary>
    public int Width { get; } = WidthFor(Columns);

    /// <summary>Number of panels.</summary>
    public int Count { get; } = (Columns + WidthFor(Columns) - 1) / WidthFor(Columns);

    /// <summary>Elements of one panel.</summary>
    public int PanelLength => Rows * Width;

    /// <summary>Elements of all panels.</summary>
    public int Length => checked(Count * PanelLength);

    /// <summary>Where an element lies.</summary>
    public int IndexOf(int row, int column) => column / Width * PanelLength + row * Width + column % Width;

    /// <summary>Columns of a panel that are columns of the matrix.</summary>
    public int ColumnsIn(int panel) => Math.Min(Width, Columns - panel * Width);

    /// <summary>The narrowest of 4, 8, 16, 32 that holds the columns; 32 where none does.</summary>
    public static int WidthFor(int columns) => columns <= 4 ? 4 : columns <= 8 ? 8 : columns <= 16 ? 16 : 32;
}

/// <summary>Floats that begin on a cache line, so that no vector of a panel lies across two; zero at first.</summary>
internal sealed class AlignedFloats
{
    private const int Line = 16; // floats

    private readonly float[] _array;
    private readonly int _first;

    public AlignedFloats(int length)
    {
        Length = length;
        _array = GC.AllocateArray<float>(checked(length + Line), pinned: true);
        _first = (int)(-(Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0) / sizeof(float)) & (Line - 1));
    }

    public int Length { get; }

    public Span<float> Span => _array.AsSpan(_first, Length);
}

/// <summary>A matrix of a batch in panels, as kernels read and write it.</summary>
/// <param name="rows">Rows, a multiple of <see cref="Kernels.RowGroup"/>.</param>
/// <param name="columns">Columns.</param>
internal sealed class PanelBuffer(int rows, int columns)
{
    private readonly AlignedFloats _data = new(new PanelShape(rows, columns).Length);
    private readonly nint[] _offsets = [.. Enumerable.Range(0, rows).Select(row => (nint)row * PanelShape.WidthFor(columns))];

    public PanelShape Shape { get; } = new(rows, columns);

    public Span<float> Data => _data.Span;

    /// <summary>The matrix, to be read number by number.</summary>
    public Operand Operand => Operand.OfPanels(Data, Shape, _offsets);

    /// <summary>Some rows of one panel, contiguous, padding columns included.</summary>
    public Span<float> Rows(int panel, int first, int count) => Data.Slice(panel * Shape.PanelLength + first * Shape.Width, count * Shape.Width);

    /// <summary>Copies one row out of the panels.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="values">Receives it, shape [columns].</param>
    /// <returns><paramref name="values"/>.</returns>
    public Span<float> CopyRow(int row, Span<float> values)
    {
        for (int panel = 0; panel < Shape.Count; panel++) Rows(panel, row, 1)[..Shape.ColumnsIn(panel)].CopyTo(values[(panel * Shape.Width)..]);
        return values;
    }

    /// <summary>Sets the columns beyond the last to 0 again, after a function that does not leave them so.</summary>
    public void ClearPadding(int first, int count)
    {
        int panel = Shape.Count - 1, columns = Shape.ColumnsIn(panel);
        if (columns == Shape.Width) return;
        var last = Rows(panel, first, count);
        for (int at = 0; at < last.Length; at += Shape.Width) last[(at + columns)..(at + Shape.Width)].Clear();
    }
}
