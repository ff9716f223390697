using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>Reads and prepares the data of a claimed job.</summary>
internal sealed class JobData(TableStore tables, Settings settings)
{
    /// <summary>Bytes of encoded rows that one job may keep in memory.</summary>
    private long Memory =>
        (settings.Training.DataBytes > 0 ? settings.Training.DataBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2) / settings.Training.MaxConcurrentJobs;

    /// <summary>Reads the job's tables or inline rows and prepares them.</summary>
    /// <exception cref="UntrainableException">There is nothing to learn from them.</exception>
    public async Task<PreparedData> PrepareAsync(TrainingJobRow job, TrainingRequest request, Definition definition, CancellationToken cancellation)
    {
        ulong seed = (ulong)job.Seed;
        if (job.ContentId is null) return InlineData.Prepare(request with { Data = Json.Read<DataRequest>(job.InlineData!) }, definition, seed);

        var table = await FindAsync(job.ContentId, cancellation);
        var features = FeatureChoice.Of(table.Columns, request);
        var from = new JobTables(
            table,
            job.ValidationContentId is { } v ? await FindAsync(v, cancellation) : null,
            job.TestContentId is { } t ? await FindAsync(t, cancellation) : null);
        var prepared = await new TableData(tables, request, definition, seed, Memory).PrepareAsync(from, features.Names, cancellation);
        string[] unused = [.. table.Columns.Select(c => c.Name).Except(prepared.Features.Columns.Select(c => c.Name), StringComparer.Ordinal)];
        return prepared with { PassedOver = unused, Warnings = [.. features.Warnings, .. prepared.Warnings] };
    }

    private async Task<StoredTable> FindAsync(string contentId, CancellationToken cancellation) =>
        await tables.FindContentAsync(contentId, cancellation) ?? throw new InvalidOperationException("An open job's table is gone.");
}

/// <summary>Which columns of a table a job predicts from.</summary>
/// <param name="Names">Their names, in the table's order.</param>
/// <param name="Warnings">A sentence for each column that is left out without having been told to be.</param>
internal sealed record FeatureChoice(IReadOnlyList<string> Names, IReadOnlyList<string> Warnings)
{
    /// <summary>
    /// The columns asked for, or all but targets, split column, ignored ones, and texts that look like names or ids. A column that is asked for by name, or whose
    /// encoding is chosen, is never left out.
    /// </summary>
    public static FeatureChoice Of(IReadOnlyList<ColumnMetadata> columns, TrainingRequest request)
    {
        var data = request.Data;
        var names = new List<string>();
        var warnings = new List<string>();
        foreach (var column in columns)
        {
            bool named = data.Features?.Contains(column.Name) == true;
            if (data.Features is not null && !named) continue;
            if (data.Target!.Names.Contains(column.Name) || column.Name == request.Validation?.SplitColumn) continue;
            var choice = data.PreprocessingOf(column.Name);
            if (choice?.Encode == ColumnEncoding.Ignore) continue;
            if (column.LooksLikeId && !named && choice?.Encode is null) warnings.Add(Problems.LeftOut(column.Name, column.Distinct));
            else names.Add(column.Name);
        }

        return new FeatureChoice(names, warnings);
    }
}
