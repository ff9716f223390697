using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>Rows as the network takes them: what an error surface is the mean loss over.</summary>
/// <param name="Inputs">Shape [rows][inputs].</param>
/// <param name="Targets">Shape [rows][outputs].</param>
internal sealed record SurfaceRows(double[][] Inputs, double[][] Targets);

/// <summary>Reads the data of an error surface: inline as it is, a table by the version's own encoding, or by one fitted on it as a training would.</summary>
internal sealed class SurfaceData(TableStore tables, Settings settings)
{
    /// <summary>The rows.</summary>
    /// <param name="data">As requested.</param>
    /// <param name="network">The network.</param>
    /// <param name="allow">Refuses a number of rows that is too large, before any is read.</param>
    /// <param name="faults">Receives what is wrong; then the answer is null.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<SurfaceRows?> ReadAsync(DataRequest data, InspectedNetwork network, Action<long> allow, Faults faults, CancellationToken cancellation)
    {
        if (faults.Has("data")) return null;
        if (data.Dataset is not null == data.Inputs is not null) faults.Meaningless("data", Problems.OneDataSource());
        else if (data.Inputs is not null) return ReadInline(data, network, allow, faults);
        else if (network.Model is not null) return await ByVersionAsync(data, network, allow, faults, cancellation);
        else return await FittedAsync(data, network, allow, faults, cancellation);
        return null;
    }

    private static SurfaceRows? ReadInline(DataRequest data, InspectedNetwork network, Action<long> allow, Faults faults)
    {
        foreach (var (name, given) in new[] { ("target", data.Target is not null), ("features", data.Features is not null), ("preprocessing", data.Preprocessing is not null) })
        {
            if (given) faults.Meaningless($"data.{name}", Problems.OnlyForTables());
        }

        if (data.Targets is not null == data.Labels is not null) faults.Meaningless("data", Problems.OneKindOfTargets());
        CheckRows(data.Inputs!, network.Definition.InputSize, "data.inputs", faults);
        if (data.Targets is { } given2) CheckRows(given2, network.Definition.Output.Units, "data.targets", faults);
        int count = data.Targets?.Length ?? data.Labels?.Count ?? 0;
        if (!faults.Has("data") && count != data.Inputs!.Length) faults.Meaningless(data.Targets is null ? "data.labels" : "data.targets", Problems.RowsDiffer(data.Inputs.Length, count));
        if (faults.Has("data")) return null;

        allow(count);
        var output = network.Definition.Output.Activation;
        for (int i = 0; i < data.Targets?.Length; i++) InlineCheck.TargetRow(output, network.Definition.Loss, data.Targets[i], $"data.targets[{i}]", faults);
        double[][] targets = data.Targets ?? [.. data.Labels!.Select((label, i) => TracedSample.OfLabel(label.Text, network, $"data.labels[{i}]", faults))];
        return faults.Has("data") ? null : new SurfaceRows(data.Inputs!, targets);
    }

    private static void CheckRows(double[][] rows, int width, string path, Faults faults)
    {
        InlineCheck.CheckRectangle(rows, path, faults);
        if (!faults.Has(path) && rows[0].Length != width) faults.Meaningless($"{path}[0]", Problems.WrongRowLength(rows[0].Length, width));
    }

    private async Task<SurfaceRows?> ByVersionAsync(DataRequest data, InspectedNetwork network, Action<long> allow, Faults faults, CancellationToken cancellation)
    {
        foreach (var (name, given) in new[] { ("features", data.Features is not null), ("preprocessing", data.Preprocessing is not null) })
        {
            if (given) faults.Meaningless($"data.{name}", Problems.VersionEncodes());
        }

        if (await CheckedTableAsync(data, network.Model!, faults, cancellation) is not { } stored) return null;
        allow(stored.RowCount);
        var features = network.Model!.Features;
        string[] wanted = [.. features.Columns.Select(c => c.Name), .. data.Target!.Names];
        var table = await tables.LoadAsync(stored.ContentId, wanted, cancellation);
        var columns = table.Columns.ToDictionary(c => c.Name, c => new FeatureColumn(c.Name, c.Type, c.Values, c.Texts ?? []), StringComparer.Ordinal);
        float[] inputs = features.Encode(columns, [.. Enumerable.Range(0, table.RowCount)], out _);
        double[][]? targets = TargetsOf(table, data.Target.Names, network, faults);
        return targets is null ? null : new SurfaceRows(Rows(inputs, features.Width), targets);
    }

    private async Task<StoredTable?> CheckedTableAsync(DataRequest data, Predictions.Model model, Faults faults, CancellationToken cancellation)
    {
        if (data.Targets is not null) faults.Meaningless("data.targets", Problems.OnlyInline());
        if (data.Labels is not null) faults.Meaningless("data.labels", Problems.OnlyInline());
        if (data.Target is null) faults.Meaningless("data.target", Problems.TargetMissing());
        var table = await tables.FindAsync(data.Dataset!, cancellation);
        if (table is null) faults.Meaningless("data.dataset", Problems.NoSuchDataset(data.Dataset!));
        if (table is null || faults.Has("data")) return null;

        string[] known = [.. table.Columns.Select(c => c.Name)];
        foreach (string name in data.Target!.Names)
        {
            if (!known.Contains(name)) faults.Meaningless("data.target", Problems.NoSuchColumn(name, known));
            else if (table.Column(name).Missing > 0) faults.Meaningless("data.target", Problems.RowsWithoutTarget(name, table.Column(name).Missing, []));
        }

        foreach (var column in model.Features.Columns)
        {
            var found = table.Columns.FirstOrDefault(c => c.Name == column.Name);
            if (found is null || found.Type == ColumnType.Numeric != (column.Type == ColumnType.Numeric))
                faults.Meaningless("data.dataset", Problems.OtherTableDiffers(data.Dataset!, column.Name, found?.Type, column.Type));
            else if (found.Missing > 0 && column.Impute == Imputation.Error)
                faults.Meaningless("data.dataset", Problems.MissingNotAllowed(column.Name, found.Missing));
        }

        return faults.Has("data") ? null : table;
    }

    /// <summary>Targets of a table as the version learned them.</summary>
    private static double[][]? TargetsOf(Table table, IReadOnlyList<string> names, InspectedNetwork network, Faults faults)
    {
        var (encoder, outputs) = (network.Model!.Targets, network.Definition.Output.Units);
        bool byName = encoder.Kind == TargetKind.Classes || encoder.Kind == TargetKind.MultiLabel && names.Count == 1 && outputs > 1;
        if (names.Count != (byName ? 1 : outputs))
        {
            faults.Meaningless("data.target", Problems.WrongTargetColumns(names.Count, outputs, encoder.Kind));
            return null;
        }

        if (byName) return TargetsByName(table[names[0]], network, faults);
        TableColumn[] columns = [.. names.Select(n => table[n])];
        if (columns.FirstOrDefault(c => c.Type == ColumnType.Categorical) is { } text)
        {
            faults.Meaningless("data.target", Problems.OtherTableDiffers("", text.Name, text.Type, ColumnType.Numeric));
            return null;
        }

        bool scales = encoder.Kind == TargetKind.Values;
        return [.. Enumerable.Range(0, table.RowCount).Select(row => columns.Select((c, k) => scales ? (double)encoder.Encode(k, c.Values[row]) : c.Values[row]).ToArray())];
    }

    private static double[][]? TargetsByName(TableColumn column, InspectedNetwork network, Faults faults)
    {
        var indexes = network.Classes!.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        var targets = new double[column.Values.Length][];
        for (int row = 0; row < targets.Length; row++)
        {
            string text = column.Text(row)!;
            if (!indexes.TryGetValue(text, out int index))
            {
                faults.Meaningless("data.target", Problems.ClassNotOfVersion(text, column.Name, network.Classes!));
                return null;
            }

            targets[row] = network.TargetOf(index);
        }

        return targets;
    }

    private async Task<SurfaceRows?> FittedAsync(DataRequest data, InspectedNetwork network, Action<long> allow, Faults faults, CancellationToken cancellation)
    {
        var request = new TrainingRequest { Network = network.Name, Data = data };
        var definition = Definition.Of(network.Definition);
        var found = await new TableCheck(tables, settings.Limits, request, definition, faults).RunAsync(cancellation);
        if (found is null || faults.Has("data") || !faults.None) return null;
        allow(found.Rows);
        var features = FeatureChoice.Of(found.Table!.Columns, request);
        try
        {
            var prepared = new TableData(tables, request, definition, seed: 0, memory: long.MaxValue);
            var samples = (await prepared.PrepareAsync(new JobTables(found.Table, null, null), features.Names, cancellation)).Training;
            var targets = new float[samples.Rows * samples.OutputSize];
            for (int row = 0; row < samples.Rows; row++) samples.CopyTarget(row, targets.AsSpan(row * samples.OutputSize, samples.OutputSize));
            return new SurfaceRows(Rows(samples.Inputs, samples.InputSize), Rows(targets, samples.OutputSize));
        }
        catch (UntrainableException e)
        {
            faults.Meaningless("data", e.Message);
            return null;
        }
    }

    private static double[][] Rows(float[] values, int width) => [.. values.Chunk(width).Select(row => Array.ConvertAll(row, v => (double)v))];
}
