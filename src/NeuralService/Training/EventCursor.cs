using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>How far a listener has come through the events of a job. It is the id of an event, so that whoever comes back with <c>Last-Event-ID</c> goes on behind it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="State">Index of the last change of state told; −1 before the first.</param>
/// <param name="Epoch">The last epoch told in this state; −1 for none.</param>
/// <param name="IsDone">Whether the end was told.</param>
internal readonly record struct EventCursor(string JobId, int State, int Epoch, bool IsDone)
{
    /// <summary>Before the first event of a job.</summary>
    public static EventCursor Start(string jobId) => new(jobId, -1, -1, false);

    /// <summary>The cursor that an id stands for; null where it is none.</summary>
    public static EventCursor? Parse(string? id) => id?.Split('.') switch
    {
        [var job, "done"] => new EventCursor(job, int.MaxValue, -1, true),
        [var job, var state, var epoch] when int.TryParse(state, out int s) && int.TryParse(epoch, out int e) => new EventCursor(job, s, e, false),
        _ => null,
    };

    /// <summary>
    /// Every state that a job has been in, in order. Only the last one is stored, but the attempts tell the others: each was queued, then running. So a change of
    /// state is told even where it was over before anyone looked.
    /// </summary>
    public static IEnumerable<(int Index, string Status)> StatesOf(TrainingJobRow job)
    {
        for (int attempt = 0; attempt < job.Attempts; attempt++)
        {
            yield return (3 * attempt, JobStatus.Queued);
            yield return (3 * attempt + 1, JobStatus.Running);
        }

        if (job.Status == JobStatus.Queued || job.Attempts == 0) yield return (3 * job.Attempts, JobStatus.Queued);
        if (job.Status == JobStatus.Paused) yield return (3 * job.Attempts - 1, JobStatus.Paused);
        if (job.HasEnded()) yield return (3 * job.Attempts + 1, job.Status);
    }

    /// <summary>The id.</summary>
    public override string ToString() => IsDone ? $"{JobId}.done" : $"{JobId}.{State}.{Epoch}";
}
