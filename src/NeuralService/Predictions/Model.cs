using System.Collections.Frozen;
using NeuralService.Engine;
using NeuralService.Versions;

namespace NeuralService.Predictions;

/// <summary>A version in memory as it answers predictions; it never changes, so any number of requests share it without a lock.</summary>
internal sealed class Model
{
    private readonly FrozenDictionary<string, int> columns;
    private readonly FrozenSet<string> passedOver;
    private readonly CategoryLookup?[] categories;

    public Model(string network, LoadedVersion version)
    {
        Network = network;
        Number = version.Row.Number;
        Predictor = new Predictor(version.Network);
        Features = version.Encoding.Features;
        Targets = version.Encoding.Targets;
        columns = Features.Columns.Select((c, i) => (c.Name, i)).ToFrozenDictionary(c => c.Name, c => c.i, StringComparer.Ordinal);
        passedOver = version.Encoding.PassedOver.ToFrozenSet(StringComparer.Ordinal);
        categories = [.. Features.Columns.Select(c => c.Type == ColumnType.Numeric ? null : new CategoryLookup(c))];
    }

    /// <summary>Name of the network.</summary>
    public string Network { get; }

    /// <summary>Number of the version.</summary>
    public int Number { get; }

    public Predictor Predictor { get; }

    public FeatureEncoder Features { get; }

    public TargetEncoder Targets { get; }

    /// <summary>Names of the columns that a caller sends.</summary>
    public IEnumerable<string> ColumnNames => Features.Columns.Select(c => c.Name);

    /// <summary>Index of a column; −1 where the version has none of this name.</summary>
    public int IndexOf(string column) => columns.GetValueOrDefault(column, -1);

    /// <summary>Whether the training table had this column, but the version does not use it.</summary>
    public bool IsPassedOver(string column) => passedOver.Contains(column);

    /// <summary>Index of a category by its text, or by a number or boolean as JSON prints it; <see cref="EncodedColumn.Unseen"/> where it is none.</summary>
    public double CategoryOf(int column, string text) => categories[column]!.Find(text);

    /// <summary>Finds categories: by their exact text, then as numbers, then (booleans) in any casing.</summary>
    private sealed class CategoryLookup
    {
        private readonly FrozenDictionary<string, int> byText;
        private readonly FrozenDictionary<double, int> byNumber;
        private readonly bool isBoolean;

        public CategoryLookup(EncodedColumn column)
        {
            isBoolean = column.Type == ColumnType.Boolean;
            var indexed = column.Categories.Select((text, i) => (text, i)).ToArray();
            byText = indexed.ToFrozenDictionary(c => c.text, c => c.i, isBoolean ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
            byNumber = indexed.Where(c => double.TryParse(c.text, out _)).DistinctBy(c => double.Parse(c.text)).ToFrozenDictionary(c => double.Parse(c.text), c => c.i);
        }

        public double Find(string text)
        {
            if (byText.TryGetValue(text, out int index)) return index;
            if (isBoolean) return text switch { "0" => 0, "1" => 1, _ => EncodedColumn.Unseen };
            return double.TryParse(text, out double number) && byNumber.TryGetValue(number, out index) ? index : EncodedColumn.Unseen;
        }
    }
}
