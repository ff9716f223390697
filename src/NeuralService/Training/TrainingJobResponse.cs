using System.Text.Json;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>A training job.</summary>
public sealed record TrainingJobResponse
{
    /// <summary>Its id; ids sort by creation.</summary>
    public required string Id { get; init; }

    /// <summary>The network that it makes a version of.</summary>
    public required string Network { get; init; }

    /// <summary>queued, running, paused, succeeded, failed or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>How far it is; null while it is queued.</summary>
    public required JobProgress? Progress { get; init; }

    /// <summary>What the kept weights are worth; null before the end.</summary>
    public required JobMetrics? Metrics { get; init; }

    /// <summary>Number of the version it made; null where there is none.</summary>
    public required int? Version { get; init; }

    /// <summary>Why it ended: epochs, earlyStopping, stopWhen, converged or cancelled; null before the end.</summary>
    public required string? StoppedBy { get; init; }

    /// <summary>Doubts about it.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Why it failed.</summary>
    public required string? Error { get; init; }

    /// <summary>The request as accepted; inline data of more than 1,000 numbers is left out.</summary>
    public required JsonElement Request { get; init; }

    /// <summary>Key of its random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>Free tags.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>How often it was started.</summary>
    public required int Attempts { get; init; }

    /// <summary>Id of the request that submitted it; log lines about the job carry it.</summary>
    public required string RequestId { get; init; }

    /// <summary>When it was submitted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first started.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The answer for a stored job, with the live progress where this process runs it.</summary>
    public static TrainingJobResponse From(TrainingJobRow row, JobFeed feed) => new()
    {
        Id = row.Id,
        Network = row.NetworkName,
        Status = row.Status,
        Progress = row.Status == JobStatus.Queued ? null : row.HasEnded() || feed.Find(row.Id)?.Progress is not { } live ? Stored(row) : live,
        Metrics = row.Metrics is null ? null : Json.Read<JobMetrics>(row.Metrics),
        Version = row.Version,
        StoppedBy = row.StoppedBy,
        Warnings = Json.Read<string[]>(row.Warnings),
        Error = row.Error,
        Request = Json.Read<JsonElement>(row.Request),
        Seed = row.Seed,
        Tags = Json.Read<Dictionary<string, string>>(row.Tags),
        Attempts = row.Attempts,
        RequestId = row.RequestId,
        CreatedAt = row.CreatedAt,
        StartedAt = row.StartedAt,
        FinishedAt = row.FinishedAt,
    };

    private static JobProgress Stored(TrainingJobRow row) => new(row.Epoch, row.Epochs, (double)row.Epoch / row.Epochs, row.SamplesPerSecond, row.SecondsLeft);
}
