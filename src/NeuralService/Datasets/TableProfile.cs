using NeuralService.Engine;

namespace NeuralService.Datasets;

/// <summary>What the first pass over a table found: how many rows it has, and of each column what it is and how to store it.</summary>
internal sealed record TableProfile(long Rows, IReadOnlyList<ColumnPlan> Columns, IReadOnlyList<string> Warnings)
{
    /// <summary>Reads the whole table once.</summary>
    /// <exception cref="Hosting.Refusal">422 with every fault found, each with its line and column.</exception>
    public static TableProfile Read(TableReader reader, IReadOnlyDictionary<string, ColumnType> forced, CancellationToken cancellation)
    {
        foreach (string name in forced.Keys.Where(name => !reader.Columns.Contains(name)))
            reader.Faults.Meaningless("types", Problems.NoSuchColumn(name, reader.Columns));
        reader.Faults.ThrowIfAny();

        var budget = new CountingBudget();
        var profiles = reader.Columns.Select(name => new ColumnProfile(name, reader.DecimalSign, budget)).ToArray();
        long rows = 0;
        while (reader.Read())
        {
            if ((++rows & 0xFFF) == 0)
                cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < profiles.Length; i++)
                profiles[i].Add(reader, i);
        }
        reader.Faults.ThrowIfAny();
        if (rows == 0)
            throw reader.NoRows;

        var warnings = new List<string>();
        var plans = profiles.Select(p => ColumnPlan.For(p, forced.TryGetValue(p.Name, out var type) ? type : null, reader.Faults, warnings)).ToArray();
        reader.Faults.ThrowIfAny();
        return new TableProfile(rows, plans!, warnings);
    }
}
