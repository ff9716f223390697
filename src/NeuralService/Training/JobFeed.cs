using System.Collections.Concurrent;
using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>What goes on in this process's running jobs, and whoever waits for a change. The database stays the truth; this is only quicker.</summary>
public sealed class JobFeed
{
    private readonly ConcurrentDictionary<string, LiveJob> running = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new();

    /// <summary>A task that ends when something about the job changes. Ask for it first, then read the job.</summary>
    public Task NextChange(string jobId) =>
        waiting.GetOrAdd(jobId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Wakes everyone who waits for a change of the job.</summary>
    public void Changed(string jobId)
    {
        if (waiting.TryRemove(jobId, out var waiters)) waiters.SetResult();
    }

    /// <summary>The live side of a job that this process runs; null for others.</summary>
    internal LiveJob? Find(string jobId) => running.GetValueOrDefault(jobId);

    internal void Add(LiveJob job) => running[job.Id] = job;

    internal void Remove(LiveJob job)
    {
        running.TryRemove(job.Id, out _);
        Changed(job.Id);
    }
}

/// <summary>A job while it runs: its newest epoch, and the way to end it.</summary>
internal sealed class LiveJob(string id, int epochs, JobFeed feed, TimeProvider clock)
{
    // Listeners get at most 20 changes a second; a tiny network makes 100,000 epochs in that time.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource cancel = new();
    private readonly Lock gate = new();
    private readonly List<EpochReport> unsaved = [];
    private EpochReport? newest;
    private long lastTold;

    public string Id => id;

    /// <summary>Cancelled when a caller asks the job to end.</summary>
    public CancellationToken Cancelled => cancel.Token;

    /// <summary>The newest epoch; null before the first report.</summary>
    public EpochReport? Newest
    {
        get
        {
            lock (gate) return newest;
        }
    }

    /// <summary>Rows of an epoch, known once the data is read.</summary>
    public int TrainingRows { get; set; }

    /// <summary>How far the job is.</summary>
    public JobProgress? Progress => Newest is { } last ? JobProgress.Of(last.Epoch, epochs, last.Seconds, TrainingRows) : null;

    /// <summary>Takes the report of an epoch, on the training's own thread.</summary>
    public void Report(EpochReport report)
    {
        lock (gate)
        {
            unsaved.Add(report);
            newest = report;
        }

        if (report.Epoch > 1 && clock.GetElapsedTime(lastTold) < Pause) return;
        lastTold = clock.GetTimestamp();
        feed.Changed(id);
    }

    /// <summary>The epochs that are not stored yet, in order. They stay here until they are: whoever reads the history finds each here or in the database.</summary>
    public EpochReport[] Unsaved()
    {
        lock (gate) return [.. unsaved];
    }

    /// <summary>Lets go of the oldest epochs, which are stored now.</summary>
    public void Saved(int count)
    {
        lock (gate) unsaved.RemoveRange(0, count);
    }

    /// <summary>Asks the job to end; a caller may come when it has ended already.</summary>
    public void Cancel() => cancel.Cancel();
}

/// <summary>How far a running or ended job is.</summary>
/// <param name="Epoch">The last epoch that ended.</param>
/// <param name="Epochs">The most epochs it may run.</param>
/// <param name="Fraction">Share of the epochs, 0 to 1.</param>
/// <param name="SamplesPerSecond">Training rows a second; null before the first epoch ended.</param>
/// <param name="SecondsLeft">Seconds to the last epoch at this pace; null before the first epoch ended.</param>
public sealed record JobProgress(int Epoch, int Epochs, double Fraction, double? SamplesPerSecond, double? SecondsLeft)
{
    /// <summary>The progress after some epochs and seconds.</summary>
    public static JobProgress Of(int epoch, int epochs, double seconds, int rows) => new(
        epoch, epochs, (double)epoch / epochs,
        epoch > 0 && seconds > 0 ? (double)epoch * rows / seconds : null,
        epoch > 0 ? (epochs - epoch) * seconds / epoch : null);
}
