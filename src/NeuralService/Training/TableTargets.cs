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
        ClassNames = ClassOrder.Sort(Enumerable.Range(0, table.RowCount).Select(row => first.Text(row)!).Distinct(StringComparer.Ordinal));
        for (int i = 0; i < ClassNames.Length; i++) indexOf[ClassNames[i]] = i;
        Classes = ClassesOf(table);
    }

    /// <summary>What the outputs mean.</summary>
    public TargetPlan Plan { get; }

    /// <summary>The classes of a single target column, in their order; empty where the targets are values.</summary>
    public string[] ClassNames { get; } = [];

    /// <summary>Index into <see cref="ClassNames"/> of each row of the training table; null where the targets are values.</summary>
    public int[]? Classes { get; }

    /// <summary>Fits the targets on the training rows.</summary>
    public TargetEncoder Fit(Table table, int[] rows)
    {
        if (Plan.Kind == TargetKind.Values) return values = TargetEncoder.Standardize(names, [.. names.Select(n => table[n].Values)], rows);
        if (Plan.Kind == TargetKind.Classes) return new TargetEncoder { Kind = Plan.Kind, Names = names, Classes = ClassNames };
        return new TargetEncoder { Kind = Plan.Kind, Names = names.Count > 1 ? names : ClassNames };
    }

    /// <summary>Rows of a table as samples.</summary>
    /// <param name="table">The table.</param>
    /// <param name="inputs">The rows' encoded features, shape [rows, width].</param>
    /// <param name="width">Inputs of the network.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="weights">Weight of each class, or null.</param>
    public Samples Pack(Table table, float[] inputs, int width, int[] rows, double[]? weights)
    {
        if (Classes is not null)
        {
            int[] all = ClassesOf(table);
            return PreparedData.OfClasses(inputs, width, Array.ConvertAll(rows, row => all[row]), Plan, weights);
        }

        var targets = new float[rows.Length * Plan.Outputs];
        for (int k = 0; k < Plan.Outputs; k++)
        {
            var column = table[names[k]];
            for (int i = 0; i < rows.Length; i++) targets[i * Plan.Outputs + k] = TargetOf(column, k, rows[i]);
        }

        return Samples.WithTargets(inputs, width, targets, Plan.Outputs);
    }

    private float TargetOf(TableColumn column, int output, int row)
    {
        double value = column.Values[row];
        if (values is not null) return values.Encode(output, value);
        return column.Type == ColumnType.Boolean && column.Text(row)!.Equals("true", StringComparison.OrdinalIgnoreCase) ? 1 : (float)value;
    }

    private int[] ClassesOf(Table table)
    {
        var column = table[names[0]];
        var classes = new int[table.RowCount];
        for (int row = 0; row < classes.Length; row++)
        {
            string text = column.Text(row)!;
            classes[row] = indexOf.TryGetValue(text, out int index) ? index : throw new UntrainableException(Problems.UnknownClass(text, column.Name));
        }

        return classes;
    }
}
