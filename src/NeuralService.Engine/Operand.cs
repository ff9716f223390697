namespace NeuralService.Engine;

/// <summary>A matrix as a product reads it number by number: its rows begin anywhere, and go on in pieces.</summary>
internal readonly ref struct Operand
{
    private Operand(ReadOnlySpan<float> values, ReadOnlySpan<nint> offsets, int columns, int segment, int jump, bool liesAnywhere)
    {
        (Columns, Segment, Jump, LiesAnywhere) = (columns, segment, jump, liesAnywhere);
        Values = values;
        Offsets = offsets;
    }

    private const int MostAtOnce = 64; // columns of a row that need no fetching ahead

    public ReadOnlySpan<float> Values { get; }

    /// <summary>Where in the values each row begins.</summary>
    public ReadOnlySpan<nint> Offsets { get; }

    public int Rows => Offsets.Length;

    public int Columns { get; }

    /// <summary>Numbers of a row that follow each other in memory.</summary>
    public int Segment { get; }

    /// <summary>Distance from one piece of a row to its next.</summary>
    public int Jump { get; }

    /// <summary>Whether the rows are not neighbours in memory, so that a product asks for the next ones ahead.</summary>
    public bool LiesAnywhere { get; }

    /// <summary>Some of the rows.</summary>
    public Operand Slice(int first, int count) => new(Values, Offsets.Slice(first, count), Columns, Segment, Jump, LiesAnywhere);

    /// <summary>Rows that lie whole, each where its offset says.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row lies outside the values.</exception>
    public static Operand OfRows(ReadOnlySpan<float> values, ReadOnlySpan<nint> offsets, int columns)
    {
        nint last = values.Length - columns;
        foreach (nint offset in offsets)
        {
            if (offset < 0 || offset > last) throw new ArgumentOutOfRangeException(nameof(offsets), offset, "A row lies outside the values.");
        }

        int segment = columns <= MostAtOnce ? columns : Prefetch.Line;
        return new Operand(values, offsets, columns, segment, segment, liesAnywhere: true);
    }

    /// <summary>Rows in panels.</summary>
    /// <exception cref="ArgumentException">The values are fewer than the shape's.</exception>
    public static Operand OfPanels(ReadOnlySpan<float> values, PanelShape shape, ReadOnlySpan<nint> offsets)
    {
        if (values.Length < shape.Length || offsets.Length != shape.Rows || (shape.Rows > 0 && offsets[^1] != (shape.Rows - 1) * shape.Width))
            throw new ArgumentException("The panels do not hold their shape.");
        return new Operand(values, offsets, shape.Columns, shape.Width, shape.PanelLength, liesAnywhere: false);
    }
}
