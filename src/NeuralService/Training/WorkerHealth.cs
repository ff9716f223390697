using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NeuralService.Training;

/// <summary>Whether the worker lives.</summary>
internal sealed class WorkerHealth
{
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool ended;

    /// <summary>Ends when the worker has taken over what an earlier process left.</summary>
    public Task HasStarted => started.Task;

    /// <summary>Whether it no longer works.</summary>
    public bool HasEnded => ended;

    /// <summary>Says that it works.</summary>
    public void Started() => started.TrySetResult();

    /// <summary>Says that it works no more.</summary>
    public void Ended() => ended = true;
}

/// <summary>The readiness check of the worker.</summary>
internal sealed class WorkerCheck(WorkerHealth worker, TimeProvider clock) : IHealthCheck
{
    // It starts right behind the web server; whoever asks in between waits instead of being refused.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await worker.HasStarted.WaitAsync(Patience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return worker.HasEnded ? HealthCheckResult.Unhealthy("The training worker has ended.")
            : worker.HasStarted.IsCompleted ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The training worker has not started yet.");
    }
}
