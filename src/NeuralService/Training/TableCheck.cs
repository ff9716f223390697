using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>Checks a job's tables against its request: columns that exist, targets without holes, something to predict from.</summary>
internal sealed class TableCheck(TableStore tables, LimitSettings limits, TrainingRequest request, Definition? definition, Faults faults)
{
    private const int MostLines = 10;

    private readonly DataRequest data = request.Data;

    /// <summary>Adds what is wrong; null where nothing more can be said.</summary>
    public async Task<CheckedData?> RunAsync(CancellationToken cancellation)
    {
        foreach (var (name, given) in new[] { ("targets", data.Targets is not null), ("labels", data.Labels is not null) })
        {
            if (given) faults.Meaningless($"data.{name}", Problems.OnlyInline());
        }

        if (data.Target is null && !faults.Has("data.target")) faults.Meaningless("data.target", Problems.TargetMissing());
        var table = await FindAsync("data.dataset", data.Dataset!, cancellation);
        if (table is null || data.Target is null || faults.Has("data")) return null;

        CheckNames(table);
        PartCheck.Shares(request, table.RowCount, faults);
        if (faults.Has("data.target")) return null;
        await CheckTargetsAsync(table, "data.target", cancellation);
        CheckSplitColumn(table);
        var features = FeatureChoice.Of(table.Columns, request);
        CheckFeatures(table, features);
        var validation = await OtherAsync("validation", request.Validation?.Dataset, table, features, cancellation);
        var test = await OtherAsync("test", request.Test?.Dataset, table, features, cancellation);
        var plan = definition is null || faults.Has("data.target") ? null : PlanOf(table, definition);
        int? width = WidthOf(table, features);
        if (definition?.InputSize is { } size && width is { } w && size != w && !faults.Has("data")) faults.Meaningless("data", Problems.WrongInputWidth(size, w));
        return new CheckedData(table.RowCount, plan, width, ClassesOf(table), table, validation, test);
    }

    private async Task<StoredTable?> FindAsync(string path, string name, CancellationToken cancellation)
    {
        if (faults.Has(path)) return null;
        var head = await tables.FindAsync(name, cancellation);
        if (head is null) faults.Meaningless(path, Problems.NoSuchDataset(name));
        return head;
    }

    private void CheckNames(StoredTable table)
    {
        string[] known = [.. table.Columns.Select(c => c.Name)];
        CheckAll("data.target", data.Target!.Names, i => data.Target.IsList ? $"data.target[{i}]" : "data.target");
        CheckAll("data.features", data.Features ?? [], i => $"data.features[{i}]");
        foreach (string name in data.Preprocessing?.Keys.Where(k => k != "*") ?? []) CheckName(name, JsonPath.Below("data.preprocessing", name));
        if (request.Validation?.SplitColumn is { } split) CheckName(split, "validation.splitColumn");
        for (int i = 0; i < data.Features?.Count; i++)
        {
            if (data.Target.Names.Contains(data.Features[i])) faults.Meaningless($"data.features[{i}]", Problems.TargetAsFeature(data.Features[i]));
        }

        void CheckAll(string path, IReadOnlyList<string> names, Func<int, string> at)
        {
            if (faults.Has(path)) return;
            for (int i = 0; i < names.Count; i++) CheckName(names[i], at(i));
            if (names.Distinct(StringComparer.Ordinal).Count() < names.Count) faults.Meaningless(path, Problems.NoDistinctColumns());
        }

        void CheckName(string name, string path)
        {
            if (!known.Contains(name)) faults.Meaningless(path, Problems.NoSuchColumn(name, known));
        }
    }

    private async Task CheckTargetsAsync(StoredTable table, string path, CancellationToken cancellation)
    {
        foreach (string name in data.Target!.Names)
        {
            var column = table.Column(name);
            if (column.Missing == 0) continue;
            var values = (await tables.LoadAsync(table.ContentId, [name], cancellation))[name].Values;
            long[] rows = [.. Enumerable.Range(0, values.Length).Where(row => double.IsNaN(values[row])).Take(MostLines).Select(row => (long)row)];
            faults.Meaningless(path, Problems.RowsWithoutTarget(name, column.Missing, rows));
        }
    }

    private void CheckSplitColumn(StoredTable table)
    {
        if (request.Validation?.SplitColumn is not { } name || faults.Has("validation")) return;
        var column = table.Column(name);
        string[] known = ["train", "validation", "test"];
        bool fits = column.Missing == 0 && column.Categories is { } categories && categories.All(known.Contains) && categories.Contains("train");
        bool watches = request.EarlyStopping is { Monitor: not Engine.Monitor.TrainingLoss } || request.StopWhen is { ValidationLoss: not null } or { ValidationAccuracy: not null }
            || request.LearningRateSchedule?.Monitor is Engine.Monitor.ValidationLoss or Engine.Monitor.ValidationAccuracy;
        if (!fits) faults.Meaningless("validation.splitColumn", Problems.BadSplitColumn(name));
        else if (watches && !column.Categories!.Contains("validation")) faults.Meaningless("validation.splitColumn", Problems.NoValidationInSplit(name));
    }

    // The texts of a single target column; those of numbers are not known before the rows are read.
    private IReadOnlyList<string>? ClassesOf(StoredTable table)
    {
        if (data.Target!.Names.Count > 1) return null;
        var column = table.Column(data.Target.Names[0]);
        return column.Type == ColumnType.Numeric ? [] : column.Categories ?? [];
    }

    private void CheckFeatures(StoredTable table, FeatureChoice features)
    {
        if (features.Names.Count == 0) faults.Meaningless("data", Problems.NoFeatures());
        foreach (string name in features.Names)
        {
            var (column, choice) = (table.Column(name), data.PreprocessingOf(name));
            string path = JsonPath.Below("data.preprocessing", data.Preprocessing?.ContainsKey(name) == true ? name : "*");
            bool scales = choice?.Encode is ColumnEncoding.Standardize or ColumnEncoding.MinMax or ColumnEncoding.None;
            if (column.Type == ColumnType.Categorical && scales) faults.Meaningless($"{path}.encode", Problems.EncodeDoesNotFit(name, choice!.Encode!.Value));
            if (column.Type == ColumnType.Categorical && choice?.Impute is Imputation.Mean or Imputation.Median) faults.Meaningless($"{path}.impute", Problems.ImputeDoesNotFit(name, choice!.Impute!.Value));
            if (choice?.Impute == Imputation.Error && column.Missing > 0) faults.Meaningless($"{path}.impute", Problems.MissingNotAllowed(name, column.Missing));
            if (column.Type == ColumnType.Categorical && column.Categories is null) faults.Meaningless("data", Problems.TooManyCategories(name, column.Distinct));
        }
    }

    private async Task<StoredTable?> OtherAsync(string part, string? name, StoredTable table, FeatureChoice features, CancellationToken cancellation)
    {
        if (name is null || await FindAsync($"{part}.dataset", name, cancellation) is not { } other) return null;
        foreach (string column in features.Names.Concat(data.Target!.Names))
        {
            var found = other.Columns.FirstOrDefault(c => c.Name == column);
            if (found is null || found.Type != table.Column(column).Type && found.Missing < other.RowCount)
                faults.Meaningless($"{part}.dataset", Problems.OtherTableDiffers(name, column, found?.Type, table.Column(column).Type));
        }

        if (faults.Has($"{part}.dataset")) return other;
        await CheckTargetsAsync(other, $"{part}.dataset", cancellation);
        if (data.Target!.Names.Count == 1 && table.Column(data.Target.Names[0]).Categories is { } known)
        {
            foreach (string text in (other.Column(data.Target.Names[0]).Categories ?? []).Except(known, StringComparer.Ordinal).Take(MostLines))
                faults.Meaningless($"{part}.dataset", Problems.UnknownClass(text, data.Target.Names[0]));
        }

        return other;
    }

    private TargetPlan? PlanOf(StoredTable table, Definition known)
    {
        var names = data.Target!.Names;
        var columns = names.Select(table.Column).ToArray();
        bool areLabels = names.Count > 1 && known.Loss == Loss.BinaryCrossEntropy; // there, booleans are 0 and 1
        bool areClasses = columns.Any(c => c.Type == ColumnType.Categorical || c.Type == ColumnType.Boolean && !areLabels);
        int distinct = (int)Math.Min(int.MaxValue, columns[0].Distinct);
        var source = new TargetSource(areClasses, names.Count, distinct, "data.target", IsInline: false);
        var plan = TargetPlan.Fit(known, source, OptionsCheck.OutputPath(request, known), faults);
        if (plan is { Kind: TargetKind.Classes or TargetKind.MultiLabel } && names.Count == 1 && distinct > limits.Classes)
            faults.Meaningless("data.target", Problems.OverLimit("classes", distinct, "Limits:Classes", limits.Classes));
        if (plan is { Kind: TargetKind.MultiLabel } && names.Count > 1)
        {
            foreach (var c in columns.Where(c => c.Type == ColumnType.Numeric && (c.Min < 0 || c.Max > 1))) faults.Meaningless("data.target", Problems.BadLabelColumn(c.Name));
        }

        return plan;
    }

    // With every row in the training part, or with numbers alone, the width of the encoded features is known now.
    private int? WidthOf(StoredTable table, FeatureChoice features)
    {
        bool split = request.Validation?.Fraction > 0 || request.Test?.Fraction > 0 || request.Validation?.SplitColumn is not null;
        int width = 0;
        foreach (string name in features.Names)
        {
            var column = table.Column(name);
            bool hot = data.PreprocessingOf(name)?.Encode is { } encode ? encode == ColumnEncoding.OneHot : column.Type == ColumnType.Categorical;
            if (hot && (split || column.Categories is null)) return null;
            width += !hot ? 1 : column.Type == ColumnType.Boolean ? 2 : column.Categories!.Count;
        }

        return width;
    }
}
