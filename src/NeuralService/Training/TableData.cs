using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>The tables of a job; validation and test are null where they are parts of the training table, or are not asked for.</summary>
internal sealed record JobTables(Table Training, Table? Validation, Table? Test);

/// <summary>Rows of stored tables: split, then encoded by what the training rows alone say (design law 9).</summary>
internal sealed class TableData(TrainingRequest request, Definition definition, ulong seed, JobTables tables)
{
    private readonly List<string> warnings = [];

    /// <summary>Splits, fits and packs the tables of a request that has been checked.</summary>
    /// <param name="features">Names of the columns to predict from.</param>
    /// <exception cref="UntrainableException">There is nothing to learn in this split, or the sizes do not fit.</exception>
    public PreparedData Prepare(IReadOnlyList<string> features)
    {
        var table = tables.Training;
        var targets = new TableTargets(table, request.Data.Target!.Names, definition);
        var split = SplitRows(targets.Classes);
        if (split.Training.Length == 0) throw new UntrainableException(Problems.NoTrainingRows(table.RowCount));

        var columns = ColumnsOf(table);
        var encoder = new FeatureEncoder([.. features.Select(name => FitFeature(columns[name], split.Training)).Where(c => c.Width > 0)]);
        if (encoder.Width == 0) throw new UntrainableException(Problems.NoFeatures());
        if (definition.InputSize is { } inputs && inputs != encoder.Width) throw new UntrainableException(Problems.WrongInputWidth(inputs, encoder.Width));
        var encodedTargets = targets.Fit(table, split.Training);
        double[]? weights = targets.Classes is not { } classes ? null
            : PreparedData.WeightsOf(request.ClassWeights, targets.ClassNames, Array.ConvertAll(split.Training, row => classes[row]));

        return new PreparedData
        {
            Definition = definition.Resolve(encoder.Width, targets.Plan.Outputs),
            Features = encoder,
            Targets = encodedTargets,
            Training = Pack(table, split.Training, "training", weights)!,
            Validation = tables.Validation is { } v ? Pack(v, AllRows(v), "validation", null) : Pack(table, split.Validation, "validation", null),
            Test = tables.Test is { } t ? Pack(t, AllRows(t), "test", null) : Pack(table, split.Test, "test", null),
            Warnings = warnings,
        };

        Samples? Pack(Table from, int[] rows, string part, double[]? classWeights)
        {
            if (rows.Length == 0) return null;
            float[] x = encoder.Encode(from == table ? columns : ColumnsOf(from), rows, out int unseen);
            if (unseen > 0) warnings.Add(Problems.UnseenCategories(unseen, part));
            return targets.Pack(from, x, encoder.Width, rows, classWeights);
        }
    }

    private Split SplitRows(int[]? classes)
    {
        if (request.Validation?.SplitColumn is { } name)
        {
            var rows = AllRows(tables.Training).ToLookup(tables.Training[name].Text, StringComparer.Ordinal);
            return new Split([.. rows["train"]], [.. rows["validation"]], [.. rows["test"]]);
        }

        return Split.Draw(
            tables.Training.RowCount, request.Validation?.Fraction ?? 0, request.Test?.Fraction ?? 0, classes,
            request.Validation?.Stratify == true, request.Test?.Stratify == true, seed);
    }

    private EncodedColumn FitFeature(FeatureColumn column, int[] rows)
    {
        var choice = request.Data.PreprocessingOf(column.Name);
        return FeatureFitting.Fit(column, rows, choice?.Encode, choice?.Impute);
    }

    private static int[] AllRows(Table table) => [.. Enumerable.Range(0, table.RowCount)];

    private static Dictionary<string, FeatureColumn> ColumnsOf(Table table) =>
        table.Columns.ToDictionary(c => c.Name, c => new FeatureColumn(c.Name, c.Type, c.Values, c.Texts ?? []), StringComparer.Ordinal);
}

/// <summary>A job's data turned out to hold nothing that can be learned; the message says why.</summary>
internal sealed class UntrainableException(string message) : Exception(message);
