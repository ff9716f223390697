using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>The states of a job as they are stored and told.</summary>
internal static class JobStatus
{
    /// <summary>Waits for a worker.</summary>
    public const string Queued = "queued";

    /// <summary>A worker trains; a crash of the process may leave it so, and the next start queues it again.</summary>
    public const string Running = "running";

    /// <summary>Waits for someone to resume it.</summary>
    public const string Paused = "paused";

    /// <summary>Made its version.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>Ended without a version; its error says why.</summary>
    public const string Failed = "failed";

    /// <summary>Ended because a caller asked for it.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The states in which a job still has something before it.</summary>
    public static readonly string[] Open = [Queued, Running, Paused];

    /// <summary>All states.</summary>
    public static readonly string[] All = [Queued, Running, Paused, Succeeded, Failed, Cancelled];

    /// <summary>Whether a job has ended.</summary>
    public static bool HasEnded(this TrainingJobRow job) => !Open.Contains(job.Status);
}
