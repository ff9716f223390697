using System.Globalization;

namespace NeuralService.Engine;

/// <summary>Fits encoders on training rows.</summary>
public static class FeatureFitting
{
    /// <summary>Fits one column.</summary>
    /// <param name="column">The column, all rows of the table.</param>
    /// <param name="rows">The training rows; no other row is looked at.</param>
    /// <param name="encode">How to encode; null for the rule of the column's type.</param>
    /// <param name="impute">What stands in for missing values; null for the rule of the column's type.</param>
    public static EncodedColumn Fit(FeatureColumn column, ReadOnlySpan<int> rows, ColumnEncoding? encode = null, Imputation? impute = null)
    {
        var present = Present(column.Values, rows);
        return column.Type switch
        {
            ColumnType.Numeric when encode == ColumnEncoding.OneHot => FitLevels(column, present, impute),
            ColumnType.Numeric => FitNumeric(column, present, encode ?? ColumnEncoding.Standardize, impute ?? Imputation.Mean),
            ColumnType.Boolean => FitBoolean(column, present, encode ?? ColumnEncoding.None, impute ?? Imputation.MostFrequent),
            _ => FitCategorical(column, present, encode ?? ColumnEncoding.OneHot, impute ?? Imputation.MostFrequent),
        };
    }

    /// <summary>Mean and standard deviation (divided by n) of some values, two passes; (0, 1) of none, and 1 where they do not vary.</summary>
    public static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) return (0, 1);
        double mean = 0, squares = 0;
        foreach (double v in values) mean += v / values.Length;
        foreach (double v in values) squares += (v - mean) * (v - mean);
        double deviation = Math.Sqrt(squares / values.Length);
        // A column that does not vary may show a deviation of rounding errors.
        return (mean, deviation > 1e-12 * Math.Abs(mean) && deviation > 0 ? deviation : 1);
    }

    private static EncodedColumn FitNumeric(FeatureColumn column, double[] present, ColumnEncoding encode, Imputation impute)
    {
        (double offset, double scale) = encode switch
        {
            ColumnEncoding.Standardize => Moments(present),
            ColumnEncoding.MinMax when present.Length > 0 && present.Max() > present.Min() => (present.Min(), present.Max() - present.Min()),
            ColumnEncoding.MinMax when present.Length > 0 => (present.Min(), 1),
            _ => (0, 1),
        };
        return new EncodedColumn
        {
            Name = column.Name, Type = column.Type, Encode = encode, Impute = impute, Fill = FillOf(present, impute), Offset = offset, Scale = scale,
        };
    }

    // A boolean column is a number too, so that it can be standardised where someone wants it.
    private static EncodedColumn FitBoolean(FeatureColumn column, double[] present, ColumnEncoding encode, Imputation impute)
    {
        var truth = column.Categories.Select(c => c.Equals("true", StringComparison.OrdinalIgnoreCase) ? 1.0 : 0.0).ToArray();
        var fitted = FitNumeric(column, [.. present.Select(v => truth[(int)v])], encode, impute);
        return fitted with { Categories = ["false", "true"], Fill = encode == ColumnEncoding.OneHot ? Nearest([0, 1], fitted.Fill) : fitted.Fill };
    }

    private static EncodedColumn FitCategorical(FeatureColumn column, double[] present, ColumnEncoding encode, Imputation impute)
    {
        var counts = new int[column.Categories.Count];
        foreach (double v in present) counts[(int)v]++;
        string[] seen = ClassOrder.Sort(column.Categories.Where((_, i) => counts[i] > 0));
        var countOf = column.Categories.Select((text, i) => (text, i)).ToDictionary(c => c.text, c => counts[c.i], StringComparer.Ordinal);
        int fill = seen.Length == 0 ? (int)EncodedColumn.Unseen : Array.IndexOf(seen, seen.MaxBy(text => countOf[text]));
        return new EncodedColumn { Name = column.Name, Type = column.Type, Encode = encode, Impute = impute, Categories = seen, Fill = fill };
    }

    private static EncodedColumn FitLevels(FeatureColumn column, double[] present, Imputation? impute)
    {
        double[] levels = [.. present.Distinct().Order()];
        double fill = FillOf(present, impute ?? Imputation.MostFrequent);
        return new EncodedColumn
        {
            Name = column.Name, Type = column.Type, Encode = ColumnEncoding.OneHot, Impute = impute ?? Imputation.MostFrequent,
            Levels = levels, Fill = levels.Length == 0 ? fill : Nearest(levels, fill),
        };
    }

    // The lower of two that are as near.
    private static double Nearest(double[] ascending, double value) => ascending.MinBy(level => Math.Abs(level - value));

    private static double FillOf(double[] present, Imputation impute)
    {
        if (present.Length == 0) return 0;
        switch (impute)
        {
            case Imputation.Median:
                double[] sorted = [.. present.Order()];
                return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
            case Imputation.MostFrequent:
                return present.GroupBy(v => v).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
            default:
                return Moments(present).Mean;
        }
    }

    private static double[] Present(double[] values, ReadOnlySpan<int> rows)
    {
        int count = 0;
        foreach (int row in rows)
        {
            if (!double.IsNaN(values[row])) count++;
        }

        var present = new double[count];
        int next = 0;
        foreach (int row in rows)
        {
            if (!double.IsNaN(values[row])) present[next++] = values[row];
        }

        return present;
    }
}

/// <summary>The order of classes and categories: by number where all of them are numbers, else ordinal.</summary>
public static class ClassOrder
{
    /// <summary>Different texts in class order.</summary>
    public static string[] Sort(IEnumerable<string> texts) => Of([.. texts]).Texts;

    /// <summary>The texts in class order, and for each place the index that its text had.</summary>
    /// <param name="texts">Different texts.</param>
    public static (string[] Texts, int[] Indexes) Of(IReadOnlyList<string> texts)
    {
        var numbers = new double[texts.Count];
        bool allNumbers = true;
        for (int i = 0; i < texts.Count && allNumbers; i++)
            allNumbers = double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && double.IsFinite(numbers[i]);
        int[] indexes = [.. Enumerable.Range(0, texts.Count)];
        Array.Sort(indexes, (a, b) =>
        {
            int byNumber = allNumbers ? numbers[a].CompareTo(numbers[b]) : 0;
            return byNumber != 0 ? byNumber : string.CompareOrdinal(texts[a], texts[b]);
        });
        return (Array.ConvertAll(indexes, i => texts[i]), indexes);
    }
}
