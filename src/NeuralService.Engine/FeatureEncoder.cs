namespace NeuralService.Engine;

/// <summary>Type of a column of a table.</summary>
public enum ColumnType
{
    /// <summary>Numbers.</summary>
    Numeric,

    /// <summary>Texts out of a list.</summary>
    Categorical,

    /// <summary>True or false.</summary>
    Boolean,
}

/// <summary>How a column becomes inputs of a network.</summary>
public enum ColumnEncoding
{
    /// <summary>(x − mean) / standard deviation; the rule for numeric columns.</summary>
    Standardize,

    /// <summary>(x − minimum) / (maximum − minimum).</summary>
    MinMax,

    /// <summary>The number as it is; false is 0 and true is 1, which is the rule for boolean columns.</summary>
    None,

    /// <summary>One input a category, 1 at the row's own; the rule for categorical columns.</summary>
    OneHot,

    /// <summary>Left out.</summary>
    Ignore,
}

/// <summary>What stands in for a missing value. One-hot, it is the level nearest to that; a text has no mean and no median, and takes the most frequent.</summary>
public enum Imputation
{
    /// <summary>The mean of the training rows; the rule for numeric columns.</summary>
    Mean,

    /// <summary>Their median.</summary>
    Median,

    /// <summary>Their most frequent value, the first in order of equally frequent ones; the rule for the other columns.</summary>
    MostFrequent,

    /// <summary>Nothing: a missing value is refused.</summary>
    Error,
}

/// <summary>One column of a table as it is read for encoding.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Values">One a row: the number; for the other types an index into <paramref name="Categories"/>; NaN where missing.</param>
/// <param name="Categories">The texts that a value of a categorical or boolean column is one of; empty for numeric ones.</param>
public sealed record FeatureColumn(string Name, ColumnType Type, double[] Values, IReadOnlyList<string> Categories);

/// <summary>One column as an encoder keeps it: all that was fitted on the training rows.</summary>
public sealed record EncodedColumn
{
    /// <summary>Value of a row that is none of the known categories: one-hot it is 0 everywhere, as a single number it is what a missing value is.</summary>
    public const double Unseen = -1;

    /// <summary>The column's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>How it is encoded.</summary>
    public required ColumnEncoding Encode { get; init; }

    /// <summary>What stands in for a missing value.</summary>
    public required Imputation Impute { get; init; }

    /// <summary>Categories seen in the training rows, in class order; false and true for a boolean column; empty for a numeric one.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Numbers seen in the training rows, ascending, of a numeric column that is encoded one-hot; else empty.</summary>
    public IReadOnlyList<double> Levels { get; init; } = [];

    /// <summary>The value that stands in for a missing one: a number, or an index into <see cref="Categories"/>.</summary>
    public double Fill { get; init; }

    /// <summary>Subtracted first.</summary>
    public double Offset { get; init; }

    /// <summary>Divided by then.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>How many inputs of the network the column becomes.</summary>
    public int Width => Encode switch { ColumnEncoding.Ignore => 0, ColumnEncoding.OneHot => Math.Max(Categories.Count, Levels.Count), _ => 1 };

    /// <summary>Whether a value (a number, or an index into <see cref="Categories"/>) is none that the training rows held, where that matters.</summary>
    public bool IsUnseen(double value) =>
        Encode != ColumnEncoding.Ignore && !double.IsNaN(value) && (Type == ColumnType.Numeric ? Encode == ColumnEncoding.OneHot && LevelOf(value) < 0 : value < 0);

    internal int LevelOf(double value)
    {
        for (int i = 0; i < Levels.Count; i++)
        {
            if (Levels[i] == value) return i;
        }

        return -1;
    }
}

/// <summary>Turns rows of a table into inputs of a network. Fitted on training rows alone, kept in the version, applied by this code everywhere (design law 9).</summary>
/// <param name="Columns">The columns, in the order of the signature.</param>
public sealed record FeatureEncoder(IReadOnlyList<EncodedColumn> Columns)
{
    /// <summary>Inputs of the network.</summary>
    public int Width => Columns.Sum(c => c.Width);

    /// <summary>An encoder that passes numbers through, for data given inline: columns x1, x2, ….</summary>
    public static FeatureEncoder PassThrough(int inputs) => new(
        [.. Enumerable.Range(1, inputs).Select(i => new EncodedColumn
            { Name = $"x{i}", Type = ColumnType.Numeric, Encode = ColumnEncoding.None, Impute = Imputation.Error })]);

    /// <summary>Encodes one row.</summary>
    /// <param name="row">One value a column: a number, an index into the column's categories, <see cref="EncodedColumn.Unseen"/>, or NaN where missing.</param>
    /// <param name="inputs">Receives the network's inputs, shape [<see cref="Width"/>]; computed in double, rounded once to float32.</param>
    public void Encode(ReadOnlySpan<double> row, Span<float> inputs)
    {
        int at = 0;
        for (int i = 0; i < Columns.Count; i++)
        {
            var column = Columns[i];
            double value = double.IsNaN(row[i]) ? column.Fill : row[i];
            if (column.Encode == ColumnEncoding.OneHot)
            {
                var hot = inputs.Slice(at, column.Width);
                hot.Clear();
                int index = column.Type == ColumnType.Numeric ? column.LevelOf(value) : (int)value;
                if (index >= 0) hot[index] = 1;
                at += hot.Length;
            }
            else if (column.Encode != ColumnEncoding.Ignore)
            {
                if (column.IsUnseen(value)) value = column.Fill;
                inputs[at++] = (float)((value - column.Offset) / column.Scale);
            }
        }
    }

    /// <summary>Encodes rows of a table.</summary>
    /// <param name="table">The table's columns by name; one for each column of the encoder.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="unseen">Counts values of categorical columns that the encoder has not seen.</param>
    /// <returns>Shape [rows, <see cref="Width"/>].</returns>
    /// <exception cref="KeyNotFoundException">A column of the encoder is not in the table.</exception>
    public float[] Encode(IReadOnlyDictionary<string, FeatureColumn> table, ReadOnlySpan<int> rows, out int unseen)
    {
        var inputs = new float[checked(rows.Length * Width)];
        unseen = Encode(table, rows, inputs);
        return inputs;
    }

    /// <summary>Encodes rows of a table into memory that is there already.</summary>
    /// <param name="table">The table's columns by name; one for each column of the encoder.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="inputs">Receives them, shape [rows, <see cref="Width"/>].</param>
    /// <returns>How many values of categorical columns the encoder has not seen.</returns>
    /// <exception cref="KeyNotFoundException">A column of the encoder is not in the table.</exception>
    public int Encode(IReadOnlyDictionary<string, FeatureColumn> table, ReadOnlySpan<int> rows, Span<float> inputs)
    {
        int width = Width, unseen = 0;
        var sources = Columns.Select(c => (c, table[c.Name])).Select(c => (c.Item2.Values, Map: MapCategories(c.c, c.Item2.Categories))).ToArray();
        var row = new double[Columns.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int k = 0; k < row.Length; k++)
            {
                double value = sources[k].Values[rows[i]];
                row[k] = sources[k].Map is { } map && !double.IsNaN(value) ? map[(int)value] : value;
                if (Columns[k].IsUnseen(row[k])) unseen++;
            }

            Encode(row, inputs.Slice(i * width, width));
        }

        return unseen;
    }

    /// <summary>For each category of a table the index that the encoder knows it by.</summary>
    private static double[]? MapCategories(EncodedColumn column, IReadOnlyList<string> categories)
    {
        if (column.Type == ColumnType.Numeric) return null;
        var comparer = column.Type == ColumnType.Boolean ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var known = column.Categories.Select((text, index) => (text, index)).ToDictionary(c => c.text, c => c.index, comparer);
        return [.. categories.Select(text => known.TryGetValue(text, out int index) ? index : EncodedColumn.Unseen)];
    }
}
