namespace NeuralService.Hosting;

/// <summary>A request is refused: thrown anywhere in a request, answered as problem details.</summary>
/// <param name="status">The HTTP status, 400 or more.</param>
/// <param name="title">What kind of refusal it is, the same for every occurrence.</param>
/// <param name="detail">A sentence with the place, the value and what is allowed.</param>
public sealed class Refusal(int status, string title, string detail) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The kind of refusal.</summary>
    public string Title { get; } = title;

    /// <summary>The sentence about this occurrence.</summary>
    public string Detail { get; } = detail;

    /// <summary>Sentences by JSON path, for a bad body.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Health checks by name, where one failed.</summary>
    public IReadOnlyDictionary<string, HealthCheckResponse>? Checks { get; init; }

    /// <summary>When a retry may succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The process cannot start; it ends with this sentence and exit code.</summary>
/// <param name="sentence">What is wrong, what was given and what is allowed.</param>
/// <param name="exitCode">1 for a wrong setting, 3 for a database that another process holds.</param>
public sealed class StartRefusal(string sentence, int exitCode = 1) : Exception(sentence)
{
    /// <summary>The exit code of the process.</summary>
    public int ExitCode { get; } = exitCode;
}
