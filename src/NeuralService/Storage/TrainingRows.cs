namespace NeuralService.Storage;

/// <summary>A training job; the table of jobs is the queue.</summary>
public sealed class TrainingJobRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>The network it trains. Jobs outlive their network, as history.</summary>
    public required string NetworkId { get; set; }

    /// <summary>The network's name.</summary>
    public required string NetworkName { get; set; }

    /// <summary>queued, running, paused, succeeded, failed or cancelled.</summary>
    public required string Status { get; set; }

    /// <summary>The higher goes first.</summary>
    public int Priority { get; set; }

    /// <summary>The request as accepted, with the seed, JSON.</summary>
    public required string Request { get; set; }

    /// <summary>The request's inline rows, JSON; null for a table. Read by the worker alone.</summary>
    public string? InlineData { get; set; }

    /// <summary>The definition as it was at submit, JSON.</summary>
    public required string Definition { get; set; }

    /// <summary>The table; null for inline data.</summary>
    public string? DatasetName { get; set; }

    /// <summary>The table's content as it was at submit.</summary>
    public string? ContentId { get; set; }

    /// <summary>The content of the table that validates, where it is another one.</summary>
    public string? ValidationContentId { get; set; }

    /// <summary>The content of the table that tests, where it is another one.</summary>
    public string? TestContentId { get; set; }

    /// <summary>The seed.</summary>
    public long Seed { get; set; }

    /// <summary>Free tags, JSON.</summary>
    public required string Tags { get; set; }

    /// <summary>The request that submitted it.</summary>
    public required string RequestId { get; set; }

    /// <summary>How often it was started; counted before the start.</summary>
    public int Attempts { get; set; }

    /// <summary>Grows by 1 with every claim; every write of a worker carries it.</summary>
    public long LeaseToken { get; set; }

    /// <summary>Until when the worker that claimed it holds it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Whether it shall end.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Whether a cancelled job keeps its best weights as a version.</summary>
    public bool KeepBest { get; set; }

    /// <summary>The last epoch that ended.</summary>
    public int Epoch { get; set; }

    /// <summary>The most epochs it may run.</summary>
    public int Epochs { get; set; }

    /// <summary>Speed.</summary>
    public double? SamplesPerSecond { get; set; }

    /// <summary>Seconds to the last epoch, as estimated.</summary>
    public double? SecondsLeft { get; set; }

    /// <summary>Whether the history's training loss is that of the weights at each epoch's end; null before the start.</summary>
    public bool? HistoryIsExact { get; set; }

    /// <summary>Its metrics, JSON.</summary>
    public string? Metrics { get; set; }

    /// <summary>The number of the version it made.</summary>
    public int? Version { get; set; }

    /// <summary>Why it ended.</summary>
    public string? StoppedBy { get; set; }

    /// <summary>Doubts about it, JSON.</summary>
    public required string Warnings { get; set; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; set; }

    /// <summary>The epoch at which an attempt was last interrupted by a crash.</summary>
    public int CrashEpoch { get; set; }

    /// <summary>How many crashes in a row were at that epoch.</summary>
    public int CrashCount { get; set; }

    /// <summary>When it was submitted.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it was first started.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; set; }
}

/// <summary>Some epochs of a job's loss history.</summary>
public sealed class LossBlockRow
{
    /// <summary>The job.</summary>
    public required string JobId { get; set; }

    /// <summary>0, 1, 2 … in order.</summary>
    public int Index { get; set; }

    /// <summary>The first epoch in it.</summary>
    public int FirstEpoch { get; set; }

    /// <summary>How many epochs it holds.</summary>
    public int Count { get; set; }

    /// <summary>
    /// Count × 7 doubles, little-endian: trainingLoss, validationLoss, trainingAccuracy, validationAccuracy, learningRate, gradientNorm, seconds; NaN is null.
    /// </summary>
    public required byte[] Bytes { get; set; }
}
