using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace NeuralService.Hosting;

/// <summary>Writes refusals as RFC 9457 problem details.</summary>
internal static partial class ProblemResponse
{
    public const string MediaType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, Refusal refusal, IReadOnlyDictionary<string, object?>? more = null)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } retry)
            context.Response.Headers[HeaderNames.RetryAfter] = ((int)Math.Ceiling(retry.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var body = new Dictionary<string, object?>
        {
            ["type"] = $"urn:neuralservice:{NotAWord().Replace(refusal.Title.ToLowerInvariant(), "-")}",
            ["title"] = refusal.Title,
            ["status"] = refusal.Status,
            ["detail"] = refusal.Detail,
            ["requestId"] = RequestId.Of(context),
        };
        if (refusal.Errors is not null)
            body["errors"] = refusal.Errors;
        foreach (var (name, value) in more ?? new Dictionary<string, object?>())
            body[name] = value;
        return context.Response.WriteAsJsonAsync(body, Json.ReadableOptions, MediaType, context.RequestAborted);
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAWord();
}
