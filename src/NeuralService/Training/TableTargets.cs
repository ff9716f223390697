using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>The target columns of a job's tables.</summary>
internal sealed class TableTargets
{
    private readonly IReadOnlyList<string> names;
    private readonly Dictionary<string, int> indexOf = new(StringComparer.Ordinal);
    private TargetEncoder? values;

    /// <summary>Reads the targets of the training table.</summary>
    /// <exception cref="UntrainableException">They do not fit the network.</exception>
    public TableTargets(Table table, IReadOnlyList<string> names, Definition definition)
    {
        this.names = names;
        var first = table[names[0]];
        bool areClasses = names.Count == 1 && first.Type != ColumnType.Numeric;
        var faults = new Hosting.Faults();
        var source = new TargetSource(areClasses, names.Count, first.Values.Distinct().Count(), "data.target", IsInline: false);
        Plan = TargetPlan.Fit(definition, source, "layers", faults) ?? throw new UntrainableException(faults.FirstSentence);
        if (names.Count > 1 || Plan.Kind == TargetKind.Values) return;
        ClassNames = ClassOrder.Sort(first.Values.Distinct().Select(first.TextOf).Distinct(StringComparer.Ordinal));
        for (int i = 0; i < ClassNames.Length; i++) indexOf[ClassNames[i]] = i;
    }

    /// <summary>What the outputs mean.</summary>
    public TargetPlan Plan { get; }

    /// <summary>Names of the target columns.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Whether a row belongs to one of <see cref="ClassNames"/>.</summary>
    public bool AreClasses => ClassNames.Length > 0;

    /// <summary>The classes of a single target column, in their order; empty where the targets are values.</summary>
    public string[] ClassNames { get; } = [];

    /// <summary>Fits the targets on the training rows.</summary>
    public TargetEncoder Fit(Table table, int[] rows)
    {
        if (Plan.Kind == TargetKind.Values) return values = TargetEncoder.Standardize(names, [.. names.Select(n => table[n].Values)], rows);
        if (Plan.Kind == TargetKind.Classes) return new TargetEncoder { Kind = Plan.Kind, Names = names, Classes = ClassNames };
        return new TargetEncoder { Kind = Plan.Kind, Names = names.Count > 1 ? names : ClassNames };
    }

    /// <summary>Class of each row of a table, as an index into <see cref="ClassNames"/>; null where the targets are values.</summary>
    /// <exception cref="UntrainableException">A class is none of the training table.</exception>
    public int[]? ClassesOf(Table table)
    {
        if (!AreClasses) return null;
        var classes = new int[table.RowCount];
        ReadClasses(table, [.. Enumerable.Range(0, table.RowCount)], classes);
        return classes;
    }

    /// <summary>Classes of some rows.</summary>
    /// <param name="table">The table, or a chunk of it.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="classes">Receives an index into <see cref="ClassNames"/> for each, shape [rows].</param>
    /// <exception cref="UntrainableException">A class is none of the training table.</exception>
    public void ReadClasses(Table table, ReadOnlySpan<int> rows, Span<int> classes)
    {
        var column = table[names[0]];
        var met = new Dictionary<double, int>();
        for (int i = 0; i < rows.Length; i++)
        {
            double value = column.Values[rows[i]];
            if (!met.TryGetValue(value, out int index)) met[value] = index = ClassOf(column.TextOf(value));
            classes[i] = index;
        }

        int ClassOf(string text) => indexOf.TryGetValue(text, out int known) ? known : throw new UntrainableException(Problems.UnknownClass(text, column.Name));
    }

    /// <summary>Targets of some rows as the network learns them, where they are not classes.</summary>
    /// <param name="table">The table, or a chunk of it.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="targets">Receives them, shape [rows, outputs].</param>
    public void ReadValues(Table table, ReadOnlySpan<int> rows, Span<float> targets)
    {
        for (int k = 0; k < Plan.Outputs; k++)
        {
            var column = table[names[k]];
            for (int i = 0; i < rows.Length; i++) targets[i * Plan.Outputs + k] = TargetOf(column, k, column.Values[rows[i]]);
        }
    }

    private float TargetOf(TableColumn column, int output, double value)
    {
        if (values is not null) return values.Encode(output, value);
        return column.Type == ColumnType.Boolean && column.TextOf(value).Equals("true", StringComparison.OrdinalIgnoreCase) ? 1 : (float)value;
    }
}
