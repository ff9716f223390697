using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace NeuralService.Hosting;

/// <summary>A refusal as RFC 9457 problem details.</summary>
public sealed partial record Problem
{
    /// <summary>The media type of problem details.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The kind of refusal, for programs; the same for every occurrence.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of refusal, for people.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong here, what was given and what is allowed.</summary>
    public required string Detail { get; init; }

    /// <summary>The request's id, under which the log speaks of it.</summary>
    public required string RequestId { get; init; }

    /// <summary>For a bad body: sentences by the JSON path of the field; <c>$</c> is the body itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>For a service that is not ready: the checks by their names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, HealthCheckResponse>? Checks { get; init; }

    /// <summary>Answers a request with a refusal.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var response = context.Response;
        response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (refusal.RetryAfter is { } retry)
            response.Headers[HeaderNames.RetryAfter] = ((int)Math.Ceiling(retry.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var problem = new Problem
        {
            Type = $"urn:neuralservice:{NotAWord().Replace(refusal.Title.ToLowerInvariant(), "-")}",
            Title = refusal.Title,
            Status = refusal.Status,
            Detail = refusal.Detail,
            RequestId = Hosting.RequestId.Of(context),
            Errors = refusal.Errors,
            Checks = refusal.Checks,
        };
        return response.WriteAsJsonAsync(problem, Json.ReadableOptions, MediaType, context.RequestAborted);
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAWord();
}
