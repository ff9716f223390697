using Microsoft.EntityFrameworkCore;
using NeuralService.Datasets;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Predictions;
using NeuralService.Storage;
using NeuralService.Versions;

namespace NeuralService.Training;

/// <summary>Runs one claimed job from its data to its version.</summary>
internal sealed class TrainingRun(
    JobQueue queue, JobData data, VersionStore versions, ModelCatalog models, TrainingCores cores, ContentStore contents, NeuralDb db, JobFeed feed, TimeProvider clock, ILogger<TrainingRun> log)
{
    // Progress and epochs are stored this often; a job that ends sooner stores them with its version.
    private static readonly TimeSpan RecordEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Trains; when this returns, the job's end is stored, or the job is queued again because the service stops.</summary>
    /// <returns>The network and number of the version made; null where none was.</returns>
    public async Task<(string Network, int Version)?> RunAsync(TrainingJobRow job, CancellationToken stopping)
    {
        var live = new LiveJob(job.Id, job.Epochs, feed, clock);
        feed.Add(live);
        var recorder = new Recorder(queue, job, live);
        try
        {
            var request = Json.Read<TrainingRequest>(job.Request);
            var prepared = await data.PrepareAsync(job, request, Json.Read<Definition>(job.Definition), stopping);
            live.TrainingRows = prepared.Training.Rows;
            var made = await TrainAsync(job, request, prepared, live, recorder, stopping);
            if (made is { } version) await UntilStoredAsync(() => models.RefreshAsync(version.Network, CancellationToken.None), stopping); // then the end is told
            return made;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await UntilStoredAsync(() => queue.RequeueAsync(job), CancellationToken.None);
        }
        catch (Exception e)
        {
            string error = ReasonFor(e, job);
            log.LogWarning(e is UntrainableException or DivergedException ? null : e, "Training job {JobId} failed: {Reason}", job.Id, error);
            await UntilStoredAsync(() => queue.EndAsync(job, JobStatus.Failed, error, live.Unsaved(), recorder.NextBlock), stopping);
        }
        finally
        {
            feed.Remove(live);
            await ReleaseTablesAsync(job);
        }

        return null;
    }

    private async Task<(string Network, int Version)?> TrainAsync(
        TrainingJobRow job, TrainingRequest request, PreparedData prepared, LiveJob live, Recorder recorder, CancellationToken stopping)
    {
        var network = await FirstWeightsAsync(job, request, prepared.Definition, stopping);
        var options = TrainingSetup.Options(request, prepared, job);
        var trainer = new Trainer(network, prepared.Training, prepared.Validation, options, clock, cores);
        if (await queue.StartedAsync(job, trainer.HistoryIsExact, stopping)) live.Cancel();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, live.Cancelled, recorder.LeaseLost);
        var training = TrainingThread.Run(() => trainer.Run(live.Report, ended.Token), $"training {job.Id}");
        try
        {
            while (await Task.WhenAny(training, Task.Delay(RecordEvery, clock, CancellationToken.None)) != training) await recorder.RecordAsync();
        }
        catch
        {
            await ended.CancelAsync(); // else the thread would train on for nobody
            throw;
        }

        var reason = await training;
        if (reason == StopReason.Cancelled && recorder.LeaseLost.IsCancellationRequested) return null;
        if (reason == StopReason.Cancelled && !live.Cancelled.IsCancellationRequested) throw new OperationCanceledException(stopping);
        bool keepBest = reason != StopReason.Cancelled || await KeepsBestAsync(job);
        if (!keepBest)
        {
            await UntilStoredAsync(() => queue.EndAsync(job, JobStatus.Cancelled, null, live.Unsaved(), recorder.NextBlock), stopping);
            return null;
        }

        return await CompleteAsync(job, request, prepared, network, reason, live, recorder, stopping);
    }

    private async Task<(string Network, int Version)?> CompleteAsync(
        TrainingJobRow job, TrainingRequest request, PreparedData prepared, Network network, StopReason reason, LiveJob live, Recorder recorder, CancellationToken stopping)
    {
        var metrics = await TrainingThread.Run(() => TrainingSetup.Measure(network, prepared, request), $"metrics {job.Id}");
        if (metrics.TrainingLoss is null) throw new DivergedException(live.Newest!.Value.Epoch);
        var version = await VersionRowAsync(job, request, prepared, network, metrics);
        await UntilStoredAsync(() => versions.StageWeightsAsync(version.Id, network, CancellationToken.None), stopping);

        var unsaved = live.Unsaved();
        var block = unsaved.Length == 0 ? null : LossHistory.Pack(job.Id, recorder.NextBlock, unsaved);
        string stoppedBy = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());
        string[] warnings = [.. prepared.Warnings, .. TrainingSetup.WarningsAbout(request, prepared, reason)];
        int? number = null;
        await UntilStoredAsync(async () => number = await queue.CompleteAsync(job, new FinishedTraining(stoppedBy, warnings, live.Progress!), version, block), stopping);
        return number is { } made ? (job.NetworkName, made) : null;
    }

    private async Task<Network> FirstWeightsAsync(TrainingJobRow job, TrainingRequest request, NetworkDefinition definition, CancellationToken cancellation)
    {
        if (request.InitialWeights?.Layers is { } layers) return TrainingSetup.NetworkOf(definition, layers);
        if (request.InitialWeights?.Version is not { } number) return Network.Initialize(definition, (ulong)job.Seed);
        var row = await db.ReadAsync(context => context.Versions.SingleOrDefaultAsync(v => v.NetworkId == job.NetworkId && v.Number == number, cancellation), cancellation)
            ?? throw new UntrainableException(Problems.InitialVersionGone(number));
        var version = await versions.LoadAsync(row, cancellation);
        if (!TrainingSetup.SameShape(version.Network.Definition, definition)) throw new UntrainableException(Problems.InitialVersionShape(number));
        return new Network(definition, version.Network.Parameters);
    }

    private async Task<VersionRow> VersionRowAsync(TrainingJobRow job, TrainingRequest request, PreparedData prepared, Network network, JobMetrics metrics)
    {
        var encoding = new VersionEncoding(prepared.Features, prepared.Targets, prepared.PassedOver);
        return new VersionRow
        {
            Id = Ids.New(),
            NetworkId = job.NetworkId,
            Definition = Json.Write(prepared.Definition),
            Encoder = Json.Write(encoding),
            Signature = Json.Write(Signature.Of(encoding)),
            Metrics = Json.Write(metrics),
            TrainingJobId = job.Id,
            DatasetName = job.DatasetName,
            DatasetSha256 = job.ContentId is null ? null : await db.ReadAsync(context => context.DatasetContents.Where(c => c.Id == job.ContentId).Select(c => c.Sha256).SingleAsync(), CancellationToken.None),
            Seed = job.Seed,
            Request = job.Request,
            EngineDialect = Network.Dialect,
            Parameters = prepared.Definition.TrainedParameterCount,
            WeightsSha256 = network.WeightsSha256(),
            Tags = job.Tags,
            RequestId = job.RequestId,
            CreatedAt = clock.Now(),
        };
    }

    // A table that was replaced or deleted meanwhile is kept for its open jobs alone. What cannot be removed now is removed at the next start.
    private async Task ReleaseTablesAsync(TrainingJobRow job)
    {
        try
        {
            await contents.ReleaseAsync([job.ContentId, job.ValidationContentId, job.TestContentId], CancellationToken.None);
        }
        catch (Exception e) when (ProblemHandler.IsPassing(e))
        {
            log.LogWarning("The tables of job {JobId} could not be released: {Reason}", job.Id, e.Message);
        }
    }

    private Task<bool> KeepsBestAsync(TrainingJobRow job) =>
        db.ReadAsync(context => context.TrainingJobs.Where(j => j.Id == job.Id).Select(j => j.KeepBest).SingleAsync(), CancellationToken.None);

    // The end of a job must be stored: while the database is locked or full, that is tried again until it works or the service stops.
    private async Task UntilStoredAsync(Func<Task> store, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await store();
                return;
            }
            catch (Exception e) when (ProblemHandler.IsPassing(e) && !stopping.IsCancellationRequested)
            {
                log.LogWarning("The database takes no writes ({Reason}); trying again", e.Message);
                await Task.Delay(RetryAfter, clock, stopping);
            }
        }
    }

    private static string ReasonFor(Exception e, TrainingJobRow job) => e switch
    {
        UntrainableException untrainable => untrainable.Message,
        DivergedException diverged => Problems.Diverged(diverged.Epoch),
        OutOfMemoryException => Problems.NotEnoughMemory(),
        _ => Problems.FailedJob(job.RequestId),
    };

    /// <summary>Stores epochs and progress of a running job now and then.</summary>
    private sealed class Recorder(JobQueue queue, TrainingJobRow job, LiveJob live)
    {
        private readonly CancellationTokenSource leaseLost = new();

        /// <summary>Index of the next block of history.</summary>
        public int NextBlock { get; private set; }

        /// <summary>Cancelled when another worker has the job.</summary>
        public CancellationToken LeaseLost => leaseLost.Token;

        public async Task RecordAsync()
        {
            if (live.Progress is not { } progress) return;
            var reports = live.Unsaved();
            try
            {
                var block = reports.Length == 0 ? null : LossHistory.Pack(job.Id, NextBlock, reports);
                if (!await queue.RecordAsync(job, block, progress, CancellationToken.None))
                {
                    await leaseLost.CancelAsync();
                    return;
                }

                live.Saved(reports.Length);
                if (block is not null) NextBlock++;
            }
            catch (Exception e) when (ProblemHandler.IsPassing(e))
            {
                // The database takes no writes at the moment; the next round tries again.
            }
        }
    }
}
