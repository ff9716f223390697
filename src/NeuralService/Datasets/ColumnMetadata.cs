using NeuralService.Engine;

namespace NeuralService.Datasets;

/// <summary>How a column's cells lie in the chunks.</summary>
public enum ColumnStorage
{
    /// <summary>Whole numbers less an offset, in 1, 2 or 4 bytes; all bits set is a missing cell, in a column that has some.</summary>
    Whole,

    /// <summary>Doubles; NaN is a missing cell.</summary>
    Real,

    /// <summary>Indexes into the categories, in 1, 2 or 4 bytes; all bits set is a missing cell, in a column that has some.</summary>
    Code,

    /// <summary>The texts themselves, each with its length: for more categories than are counted.</summary>
    Text,
}

/// <summary>All that is known of a stored column; kept as JSON beside the chunks.</summary>
public sealed record ColumnMetadata
{
    /// <summary>The column's name.</summary>
    public required string Name { get; init; }

    /// <summary>What its cells are.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>How many cells have no value.</summary>
    public required long Missing { get; init; }

    /// <summary>How many different values there are.</summary>
    public required long Distinct { get; init; }

    /// <summary>Whether <see cref="Distinct"/> is an estimate (standard error 2.3 %), as it is beyond 10,000.</summary>
    public bool DistinctEstimated { get; init; }

    /// <summary>The smallest number; null where the column is not numeric or has no number.</summary>
    public double? Min { get; init; }

    /// <summary>The largest number.</summary>
    public double? Max { get; init; }

    /// <summary>The mean of the numbers.</summary>
    public double? Mean { get; init; }

    /// <summary>The standard deviation of the numbers, of the population.</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>The texts in class order; null for a numeric column, and for one with more texts than are counted.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>For numbers whose own text in the table ("1.0", "007") is not the shortest: the shortest text to the table's own.</summary>
    public IReadOnlyDictionary<string, string>? Spellings { get; init; }

    /// <summary>A name or an id: a text column with over 20 different values, more than half of its cells different. Training leaves it out.</summary>
    public bool LooksLikeId { get; init; }

    /// <summary>How the cells are stored.</summary>
    public required ColumnStorage Storage { get; init; }

    /// <summary>Bytes of a stored cell; 0 for texts.</summary>
    public int Width { get; init; }

    /// <summary>What stored whole numbers count from.</summary>
    public long Offset { get; init; }
}
