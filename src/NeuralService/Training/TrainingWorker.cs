using NeuralService.Storage;
using NeuralService.Versions;

namespace NeuralService.Training;

/// <summary>Runs queued jobs, as many at once as the settings allow, until the service stops.</summary>
internal sealed class TrainingWorker(
    JobQueue queue, JobFeed feed, TrainingRun run, VersionStore versions, Hosting.Settings settings, WorkerHealth health, ILogger<TrainingWorker> log) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // let the web server start
        try
        {
            while (!await TakeOverAsync(stoppingToken)) await Task.Delay(RetryAfter, stoppingToken);
            health.Started();
            await Task.WhenAll(Enumerable.Range(0, settings.Training.MaxConcurrentJobs).Select(_ => WorkAsync(stoppingToken)));
        }
        finally
        {
            health.Ended();
        }
    }

    // A worker that throws here would end the process; a database that takes no writes for a while must not.
    private async Task<bool> TakeOverAsync(CancellationToken stopping)
    {
        try
        {
            await versions.RemoveOrphansAsync(stopping);
            foreach (var job in await queue.RequeueInterruptedAsync(stopping))
            {
                log.LogInformation("Training job {JobId} was interrupted in epoch {Epoch}: {Status}", job.Id, job.Epoch, job.Status);
                feed.Changed(job.Id); // callers wait for it as soon as the web server listens
            }

            return true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            log.LogError(e, "What an earlier process left could not be taken over; trying again");
            return false;
        }
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await queue.ClaimAsync(stopping) is not { } job)
                {
                    await queue.WaitAsync(stopping);
                    continue;
                }

                queue.Wake(); // two jobs may have come with one signal: another worker that waits looks too
                await RunAsync(job, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A fault between two jobs (a database that takes no writes, say) must not end the worker.
                log.LogError(e, "The training worker could not go on; trying again");
                await Task.Delay(RetryAfter, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task RunAsync(TrainingJobRow job, CancellationToken stopping)
    {
        using var scope = Serilog.Context.LogContext.PushProperty("RequestId", job.RequestId);
        log.LogInformation("Training job {JobId} of network {Network} starts, attempt {Attempt}", job.Id, job.NetworkName, job.Attempts);
        if (await run.RunAsync(job, stopping) is { } made) log.LogInformation("Training job {JobId} made version {Version} of network {Network}", job.Id, made.Version, made.Network);
    }
}
