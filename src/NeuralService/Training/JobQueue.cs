using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>The jobs' table as a queue (design law 6). Every write of a worker carries its lease token; where that finds no row, the lease is lost.</summary>
internal sealed class JobQueue(NeuralDb db, TimeProvider clock, Settings settings)
{
    private const int CrashesUntilFailed = 3;

    private readonly SemaphoreSlim signal = new(0, 1);

    /// <summary>Wakes a worker that waits. Losing a signal costs nothing: the table is looked at again and again.</summary>
    public void Wake()
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // A signal is waiting already.
        }
    }

    /// <summary>Waits for a signal, or for a while.</summary>
    public Task WaitAsync(CancellationToken cancellation) => signal.WaitAsync(TimeSpan.FromSeconds(2), cancellation);

    /// <summary>Takes the next job: the highest priority, then the oldest. The attempt is counted before it starts.</summary>
    /// <returns>The job as claimed; null where none waits.</returns>
    public Task<TrainingJobRow?> ClaimAsync(CancellationToken cancellation) => db.WriteAsync(
        async context =>
        {
            var job = await context.TrainingJobs.Where(j => j.Status == JobStatus.Queued).OrderByDescending(j => j.Priority).ThenBy(j => j.Id).FirstOrDefaultAsync(cancellation);
            if (job is null) return null;
            await context.LossBlocks.Where(b => b.JobId == job.Id).ExecuteDeleteAsync(cancellation); // an interrupted attempt starts over
            job.Status = JobStatus.Running;
            job.Attempts++;
            job.LeaseToken++;
            job.LeaseUntil = LeaseEnd();
            job.StartedAt ??= clock.Now();
            job.Epoch = 0;
            return job;
        },
        cancellation);

    /// <summary>Notes what is known once the data is read.</summary>
    /// <returns>Whether the job shall end: it may have been cancelled between its claim and the moment from which it can be told.</returns>
    public Task<bool> StartedAsync(TrainingJobRow claim, bool historyIsExact, CancellationToken cancellation) => db.WriteAsync(
        async context =>
        {
            if (await FindAsync(context, claim, cancellation) is not { } job) return false; // the first record finds out
            job.HistoryIsExact = historyIsExact;
            return job.CancelRequested;
        },
        cancellation);

    /// <summary>Stores epochs and progress, and keeps the lease. The row is changed in place: it may hold megabytes of inline data.</summary>
    /// <returns>False where the lease is lost.</returns>
    public Task<bool> RecordAsync(TrainingJobRow claim, LossBlockRow? block, JobProgress progress, CancellationToken cancellation) => db.WriteAsync(
        async context =>
        {
            DateTimeOffset? until = LeaseEnd();
            int found = await Mine(context, claim).ExecuteUpdateAsync(
                u => u.SetProperty(j => j.LeaseUntil, until).SetProperty(j => j.Epoch, progress.Epoch)
                    .SetProperty(j => j.SamplesPerSecond, progress.SamplesPerSecond).SetProperty(j => j.SecondsLeft, progress.SecondsLeft),
                cancellation);
            if (found == 0) return false;
            if (block is not null) context.LossBlocks.Add(block);
            return true;
        },
        cancellation);

    /// <summary>Gives a job back that a stop of the service interrupted.</summary>
    public Task RequeueAsync(TrainingJobRow claim) => db.WriteAsync(
        async context =>
        {
            if (await FindAsync(context, claim, CancellationToken.None) is not { } job) return;
            job.CrashCount = 0; // a clean stop ends a row of crashes
            Requeue(job);
        },
        CancellationToken.None);

    /// <summary>Ends a job without a version.</summary>
    public Task EndAsync(TrainingJobRow claim, string status, string? error, IReadOnlyList<EpochReport> unsaved, int blockIndex) => db.WriteAsync(
        async context =>
        {
            if (await FindAsync(context, claim, CancellationToken.None) is not { } job) return;
            if (unsaved.Count > 0) context.LossBlocks.Add(LossHistory.Pack(job.Id, blockIndex, unsaved));
            if (unsaved.Count > 0) job.Epoch = unsaved[^1].Epoch;
            if (status == JobStatus.Cancelled) job.StoppedBy = JobStatus.Cancelled;
            job.Error = error;
            End(job, status);
        },
        CancellationToken.None);

    /// <summary>Makes the version visible and ends the job, in one transaction with the last of its history.</summary>
    /// <returns>The number of the version; null where the lease is lost.</returns>
    public Task<int?> CompleteAsync(TrainingJobRow claim, FinishedTraining finished, VersionRow version, LossBlockRow? block) => db.WriteAsync<int?>(
        async context =>
        {
            if (await FindAsync(context, claim, CancellationToken.None) is not { } job) return null;
            var network = await context.Networks.SingleAsync(n => n.Id == job.NetworkId);
            version.Number = ++network.LastVersion;
            context.Versions.Add(version);
            if (block is not null) context.LossBlocks.Add(block);
            job.Version = version.Number;
            job.Metrics = version.Metrics;
            job.Warnings = Json.Write(finished.Warnings);
            job.StoppedBy = finished.StoppedBy;
            SetProgress(job, finished.Progress);
            End(job, finished.StoppedBy == JobStatus.Cancelled ? JobStatus.Cancelled : JobStatus.Succeeded);
            return version.Number;
        },
        CancellationToken.None);

    /// <summary>
    /// At start, when this process alone holds the database: jobs that a crash left running are queued again. One that crashed three times in a row at the same
    /// epoch is failed, because it is probably the job that ends the process.
    /// </summary>
    /// <returns>The jobs, as they are now.</returns>
    public Task<List<TrainingJobRow>> RequeueInterruptedAsync(CancellationToken cancellation) => db.WriteAsync(
        async context =>
        {
            var interrupted = await context.TrainingJobs.Where(j => j.Status == JobStatus.Running).ToListAsync(cancellation);
            foreach (var job in interrupted)
            {
                job.CrashCount = job.CrashCount > 0 && job.CrashEpoch == job.Epoch ? job.CrashCount + 1 : 1;
                job.CrashEpoch = job.Epoch;
                if (job.CancelRequested)
                {
                    job.StoppedBy = JobStatus.Cancelled;
                    End(job, JobStatus.Cancelled);
                }
                else if (job.CrashCount >= CrashesUntilFailed)
                {
                    job.Error = Problems.CrashedJob(job.CrashCount, job.CrashEpoch);
                    End(job, JobStatus.Failed);
                }
                else
                {
                    Requeue(job);
                }
            }

            return interrupted;
        },
        cancellation);

    /// <summary>Ends a job in the row.</summary>
    public void End(TrainingJobRow job, string status)
    {
        job.Status = status;
        job.InlineData = null; // nobody reads it any more
        job.FinishedAt = clock.Now();
        job.LeaseUntil = null;
        job.SecondsLeft = null;
    }

    private static Task<TrainingJobRow?> FindAsync(NeuralDbContext context, TrainingJobRow claim, CancellationToken cancellation) =>
        Mine(context, claim).SingleOrDefaultAsync(cancellation);

    private static IQueryable<TrainingJobRow> Mine(NeuralDbContext context, TrainingJobRow claim) =>
        context.TrainingJobs.Where(j => j.Id == claim.Id && j.LeaseToken == claim.LeaseToken && j.Status == JobStatus.Running);

    private static void SetProgress(TrainingJobRow job, JobProgress progress)
    {
        job.Epoch = progress.Epoch;
        job.SamplesPerSecond = progress.SamplesPerSecond;
        job.SecondsLeft = progress.SecondsLeft;
    }

    private static void Requeue(TrainingJobRow job)
    {
        job.Status = JobStatus.Queued;
        job.LeaseUntil = null;
        job.SamplesPerSecond = job.SecondsLeft = null;
    }

    private DateTimeOffset LeaseEnd() => clock.Now().AddSeconds(settings.Training.LeaseSeconds);
}

/// <summary>What a training that made a version leaves behind.</summary>
/// <param name="StoppedBy">Why it ended.</param>
/// <param name="Warnings">Doubts.</param>
/// <param name="Progress">How far it came.</param>
internal sealed record FinishedTraining(string StoppedBy, IReadOnlyList<string> Warnings, JobProgress Progress);
