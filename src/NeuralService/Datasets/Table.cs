using NeuralService.Engine;

namespace NeuralService.Datasets;

/// <summary>A stored table, or some of its columns, in memory.</summary>
/// <param name="RowCount">How many rows it has.</param>
/// <param name="Columns">The columns that were asked for, in the table's order.</param>
public sealed record Table(int RowCount, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>The column of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public TableColumn this[string name] => Columns.FirstOrDefault(c => c.Name == name) ?? throw new KeyNotFoundException($"The table has no column \"{name}\".");
}

/// <summary>One column of a table in memory.</summary>
public sealed class TableColumn
{
    private readonly IReadOnlyDictionary<string, string>? spellings;

    internal TableColumn(ColumnMetadata metadata, double[] values, string[]? texts)
    {
        Metadata = metadata;
        Values = values;
        Texts = texts;
        spellings = metadata.Spellings;
    }

    /// <summary>What was learned of the column at its upload.</summary>
    public ColumnMetadata Metadata { get; }

    /// <summary>Its name.</summary>
    public string Name => Metadata.Name;

    /// <summary>What its cells are.</summary>
    public ColumnType Type => Metadata.Type;

    /// <summary>Shape [rows] or longer: the number of a numeric column, else an index into <see cref="Texts"/>; NaN where the cell is missing.</summary>
    public double[] Values { get; }

    /// <summary>The categories in class order, <c>false</c> and <c>true</c> of a boolean column; null for a numeric one.</summary>
    public string[]? Texts { get; }

    /// <summary>A name or an id: training leaves it out, with a warning.</summary>
    public bool LooksLikeId => Metadata.LooksLikeId;

    /// <summary>The table's own text of a cell (of a number: as it was written, where it has at most 10,000 different values); null where it is missing.</summary>
    public string? Text(int row) => double.IsNaN(Values[row]) ? null : TextOf(Values[row]);

    /// <summary>The table's own text of a value of this column: of a number, or of an index into <see cref="Texts"/>.</summary>
    public string TextOf(double value)
    {
        if (Texts is not null)
            return Texts[(int)value];
        string shortest = Cell.Shortest(value);
        return spellings is not null && spellings.TryGetValue(shortest, out string? own) ? own : shortest;
    }
}
