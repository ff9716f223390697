using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using NeuralService.Datasets;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>Checks a training request whole, with everything it names, and stores its job.</summary>
internal sealed class JobSubmission(NeuralDb db, TableStore tables, JobQueue queue, Settings settings, TimeProvider clock)
{
    private const int MostEchoedNumbers = 1_000;

    /// <summary>Checks a request, stores its job and wakes the worker.</summary>
    /// <param name="body">The request.</param>
    /// <param name="requestId">Id of the request, which the job keeps.</param>
    /// <param name="cancellation">Ends the checking.</param>
    /// <returns>The row of the job as stored.</returns>
    /// <exception cref="Refusal">400 or 422 with every fault; 409 where what it names went away meanwhile; 429 where too many jobs are open.</exception>
    public async Task<TrainingJobRow> SubmitAsync(JsonBody<TrainingRequest> body, string requestId, CancellationToken cancellation)
    {
        var row = await CheckAsync(body, requestId, cancellation);
        await db.WriteAsync(
            async context =>
            {
                if (await context.TrainingJobs.CountAsync(j => JobStatus.Open.Contains(j.Status), cancellation) >= settings.Limits.OpenJobs)
                    throw Problems.TooManyJobs(settings.Limits.OpenJobs);
                await CheckStillThereAsync(context, row, cancellation);
                context.TrainingJobs.Add(row);
            },
            cancellation);
        queue.Wake();
        return row;
    }

    private async Task<TrainingJobRow> CheckAsync(JsonBody<TrainingRequest> body, string requestId, CancellationToken cancellation)
    {
        var (request, faults) = (body.Value, body.Faults);
        Tags.Check(faults, "tags", request.Tags ?? new Dictionary<string, string>());
        var network = await db.ReadAsync(context => context.Networks.SingleOrDefaultAsync(n => n.Name == request.Network, cancellation), cancellation);
        if (network is null && !faults.Has("network")) faults.Meaningless("network", Problems.NoSuchNetwork(request.Network));
        var definition = DefinitionOf(request, network is null ? null : Json.Read<Definition>(network.Definition), faults);

        var checkedData = await DataAsync(request, definition, faults, cancellation);
        new OptionsCheck(request, definition, checkedData, settings.Limits, faults).Run();
        if (network is not null) await CheckFirstVersionAsync(request, network, definition, checkedData, faults, cancellation);
        faults.ThrowIfAny();
        return Row(request, network!, definition!, checkedData!, requestId);
    }

    // Inside the transaction that stores the job: whether what was checked before it is still there.
    private static async Task CheckStillThereAsync(NeuralDbContext context, TrainingJobRow row, CancellationToken cancellation)
    {
        if (!await context.Networks.AnyAsync(n => n.Id == row.NetworkId, cancellation)) throw Problems.ChangedMeanwhile("The network");
        foreach (string id in new[] { row.ContentId, row.ValidationContentId, row.TestContentId }.OfType<string>())
        {
            if (!await context.DatasetContents.AnyAsync(c => c.Id == id && c.Ready, cancellation)) throw Problems.ChangedMeanwhile("The dataset");
        }
    }

    private Definition? DefinitionOf(TrainingRequest request, Definition? current, Faults faults)
    {
        if (request.Layers is null && (request.Loss is null || current is null)) return current;
        var layers = request.Layers ?? [.. current!.Layers.Select(LayerRequest.From)];
        return DefinitionCheck.Check(faults, "$", current?.InputSize, layers, request.Loss, settings.Limits);
    }

    private async Task CheckFirstVersionAsync(TrainingRequest request, NetworkRow network, Definition? definition, CheckedData? data, Faults faults, CancellationToken cancellation)
    {
        if (request.InitialWeights?.Version is not { } number || faults.Has("initialWeights")) return;
        string? stored = await db.ReadAsync(
            context => context.Versions.Where(v => v.NetworkId == network.Id && v.Number == number).Select(v => v.Definition).SingleOrDefaultAsync(cancellation), cancellation);
        if (stored is null)
        {
            faults.Meaningless("initialWeights.version", Problems.NoSuchVersion(network.Name, number));
            return;
        }

        // Sizes that only the split decides are looked at when the job runs.
        var first = Json.Read<Engine.NetworkDefinition>(stored);
        if (definition is not null && !(Fits(first.InputSize, data?.Width) && first.Layers.Count == definition.Layers.Count
            && first.Layers.Zip(definition.Layers).All(l => Fits(l.First.Units, l.Second.Units)) && (data?.Plan is null || first.Output.Units == data.Plan.Outputs)))
            faults.Meaningless("initialWeights.version", Problems.InitialVersionShape(number));

        static bool Fits(int size, int? needed) => needed is null || size == needed;
    }

    private async Task<CheckedData?> DataAsync(TrainingRequest request, Definition? definition, Faults faults, CancellationToken cancellation)
    {
        var data = request.Data;
        if (data.Dataset is not null == data.Inputs is not null)
        {
            if (!faults.Has("data")) faults.Meaningless("data", Problems.OneDataSource());
            return null;
        }

        if (data.Inputs is not null) return InlineCheck.Run(request, definition, settings.Limits, faults);
        return await new TableCheck(tables, settings.Limits, request, definition, faults).RunAsync(cancellation);
    }

    private TrainingJobRow Row(TrainingRequest request, NetworkRow network, Definition definition, CheckedData data, string requestId)
    {
        long seed = request.Seed ?? (long)(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 11);
        bool inline = data.Table is null;
        bool echoed = !inline || (long)data.Rows * request.Data.Inputs![0].Length <= MostEchoedNumbers;
        var kept = request with { Seed = seed, Data = echoed ? request.Data : request.Data with { Inputs = null, Targets = null, Labels = null } };
        return new TrainingJobRow
        {
            Id = Ids.New(),
            NetworkId = network.Id,
            NetworkName = network.Name,
            Status = JobStatus.Queued,
            Priority = request.Priority,
            Request = Json.Write(kept),
            InlineData = inline ? Json.Write(request.Data) : null,
            Definition = Json.Write(definition),
            DatasetName = request.Data.Dataset,
            ContentId = data.Table?.ContentId,
            ValidationContentId = data.Validation?.ContentId,
            TestContentId = data.Test?.ContentId,
            Seed = seed,
            Tags = Json.Write(request.Tags ?? new Dictionary<string, string>()),
            RequestId = requestId,
            Epochs = request.Epochs,
            Warnings = "[]",
            CreatedAt = clock.Now(),
        };
    }
}

/// <summary>What is known of a job's data once it has been checked.</summary>
/// <param name="Rows">Rows of the training table or of the inline data.</param>
/// <param name="Plan">What the outputs mean; null where that is faulty.</param>
/// <param name="Width">Inputs of the network, where they are known before the split.</param>
/// <param name="Classes">The classes that each row has one of, in no order, empty where the names are not known yet; null where a row may have several.</param>
/// <param name="Table">The training table; null for inline data.</param>
/// <param name="Validation">Another table for validation.</param>
/// <param name="Test">Another table for test.</param>
internal sealed record CheckedData(long Rows, TargetPlan? Plan, int? Width, IReadOnlyList<string>? Classes = null, StoredTable? Table = null, StoredTable? Validation = null, StoredTable? Test = null);
