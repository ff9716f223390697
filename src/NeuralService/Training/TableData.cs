using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>The tables of a job; validation and test are null where they are parts of the training table, or are not asked for.</summary>
internal sealed record JobTables(StoredTable Training, StoredTable? Validation, StoredTable? Test);

/// <summary>Rows of stored tables: split, then encoded by what the training rows alone say (design law 9).</summary>
/// <remarks>
/// A table is never in memory as a whole: the encoder is fitted on some columns at a time, and rows are encoded chunk by chunk. Parts that do not fit the memory
/// for data are left where they are, and read whenever they are wanted.
/// </remarks>
/// <param name="tables">Where the tables are.</param>
/// <param name="request">What is asked for.</param>
/// <param name="definition">The network.</param>
/// <param name="seed">The job's seed.</param>
/// <param name="memory">Bytes that the encoded rows may take.</param>
internal sealed class TableData(TableStore tables, TrainingRequest request, Definition definition, ulong seed, long memory)
{
    // Of columns that are fitted together: enough that a small table is read once.
    private const long LeastBytesOfFitting = 16L << 20;

    private readonly List<string> warnings = [];
    private long taken;

    /// <summary>Splits, fits and encodes the tables of a request that has been checked.</summary>
    /// <param name="from">The tables.</param>
    /// <param name="features">Names of the columns to predict from.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="UntrainableException">There is nothing to learn in this split, or the sizes do not fit.</exception>
    public async Task<PreparedData> PrepareAsync(JobTables from, IReadOnlyList<string> features, CancellationToken cancellation)
    {
        var table = from.Training;
        var (split, targets, encodedTargets, weights) = await SplitAsync(table, cancellation);
        var encoder = new FeatureEncoder([.. (await FitFeaturesAsync(table, features, split.Training, cancellation)).Where(c => c.Width > 0)]);
        if (encoder.Width == 0) throw new UntrainableException(Problems.NoFeatures());
        if (definition.InputSize is { } inputs && inputs != encoder.Width) throw new UntrainableException(Problems.WrongInputWidth(inputs, encoder.Width));
        return new PreparedData
        {
            Definition = definition.Resolve(encoder.Width, targets.Plan.Outputs),
            Features = encoder,
            Targets = encodedTargets,
            Training = (await PackAsync(table, split.Training, "training", weights))!,
            Validation = await PackAsync(from.Validation ?? table, from.Validation is { } v ? AllRows(v) : split.Validation, "validation", null),
            Test = await PackAsync(from.Test ?? table, from.Test is { } t ? AllRows(t) : split.Test, "test", null),
            Warnings = warnings,
        };

        Task<Samples?> PackAsync(StoredTable of, int[] rows, string part, double[]? classWeights) =>
            rows.Length == 0 ? Task.FromResult<Samples?>(null) : this.PackAsync(new TableRows(tables, of, rows, encoder, targets, classWeights), part, cancellation);
    }

    private async Task<(Split Split, TableTargets Targets, TargetEncoder Encoded, double[]? Weights)> SplitAsync(StoredTable stored, CancellationToken cancellation)
    {
        var table = await tables.LoadAsync(stored.ContentId, request.Data.Target!.Names, cancellation);
        var targets = new TableTargets(table, request.Data.Target.Names, definition);
        int[]? classes = targets.ClassesOf(table);
        var split = await SplitRowsAsync(stored, classes, cancellation);
        if (split.Training.Length == 0) throw new UntrainableException(Problems.NoTrainingRows(table.RowCount));
        double[]? weights = classes is null ? null : PreparedData.WeightsOf(request.ClassWeights, targets.ClassNames, Array.ConvertAll(split.Training, row => classes[row]));
        return (split, targets, targets.Fit(table, split.Training), weights);
    }

    private async Task<Split> SplitRowsAsync(StoredTable table, int[]? classes, CancellationToken cancellation)
    {
        if (request.Validation?.SplitColumn is { } name)
        {
            var column = (await tables.LoadAsync(table.ContentId, [name], cancellation))[name];
            var rows = AllRows(table).ToLookup(column.Text, StringComparer.Ordinal);
            return new Split([.. rows["train"]], [.. rows["validation"]], [.. rows["test"]]);
        }

        return Split.Draw(
            checked((int)table.RowCount), request.Validation?.Fraction ?? 0, request.Test?.Fraction ?? 0, classes,
            request.Validation?.Stratify == true, request.Test?.Stratify == true, seed);
    }

    // Whole columns are needed: as many at a time as take half the memory that the encoded rows take, or are allowed to take.
    private async Task<List<EncodedColumn>> FitFeaturesAsync(StoredTable table, IReadOnlyList<string> features, int[] rows, CancellationToken cancellation)
    {
        long bytes = Math.Max(LeastBytesOfFitting, Math.Min(memory, sizeof(float) * table.RowCount * features.Count) / 2);
        var fitted = new List<EncodedColumn>(features.Count);
        await tables.ScanColumnsAsync(table.ContentId, new HashSet<string>(features, StringComparer.Ordinal), bytes, column => fitted.Add(Fit(column)), cancellation);
        return fitted;

        EncodedColumn Fit(TableColumn column)
        {
            var choice = request.Data.PreprocessingOf(column.Name);
            return FeatureFitting.Fit(new FeatureColumn(column.Name, column.Type, column.Values, column.Texts ?? []), rows, choice?.Encode, choice?.Impute);
        }
    }

    private async Task<Samples?> PackAsync(TableRows rows, string part, CancellationToken cancellation)
    {
        bool fits = rows.FitsArray && rows.Bytes <= memory - taken, learns = part == "training";
        if (!fits && learns && TrainingSetup.TypeOf(request.Optimizer, definition.Loss) == OptimizerType.Perceptron)
            throw new UntrainableException(Problems.TooLargeForPerceptron(rows.Bytes, memory));
        var samples = fits ? await rows.LoadAsync(cancellation) : rows.Stream();
        if (fits) taken += rows.Bytes;
        else if (!learns) await rows.CheckAsync(cancellation);
        if (rows.Unseen > 0) warnings.Add(Problems.UnseenCategories(rows.Unseen, part));
        return samples;
    }

    private static int[] AllRows(StoredTable table) => [.. Enumerable.Range(0, checked((int)table.RowCount))];
}

/// <summary>A job's data turned out to hold nothing that can be learned; the message says why.</summary>
internal sealed class UntrainableException(string message) : Exception(message);
