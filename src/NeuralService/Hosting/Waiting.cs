namespace NeuralService.Hosting;

/// <summary>Waiting for a moment of the service's life.</summary>
internal static class Waiting
{
    /// <summary>Ends when the token is cancelled: for tokens that tell of an event, such as <see cref="IHostApplicationLifetime.ApplicationStarted"/>.</summary>
    public static async Task WaitAsync(this CancellationToken moment, CancellationToken cancellation)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = moment.Register(reached.SetResult);
        await reached.Task.WaitAsync(cancellation);
    }
}
