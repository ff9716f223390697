using System.Text.RegularExpressions;
using Serilog.Context;

namespace NeuralService.Hosting;

/// <summary>Gives every request one id: the caller's <c>X-Request-Id</c> where it is well-formed, else a new one.</summary>
/// <remarks>It stands in the answer's header, in problem details, in every log line, and in the jobs and versions the request leads to.</remarks>
public sealed partial class RequestId(RequestDelegate next, ILogger<RequestId> log)
{
    /// <summary>The header, both ways.</summary>
    public const string Header = "X-Request-Id";

    /// <summary>The id of a request.</summary>
    public static string Of(HttpContext context) => context.TraceIdentifier;

    /// <summary>Runs the request under its id.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        string? given = context.Request.Headers[Header];
        string id = given is not null && Form().IsMatch(given) ? given : Ids.New();
        context.TraceIdentifier = id;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Header] = id;   // on starting, because the exception handler clears what was set before
            context.Response.Headers.XContentTypeOptions = "nosniff";   // an answer that echoes a name is never taken for a page
            return Task.CompletedTask;
        });
        using (log.BeginScope(new Dictionary<string, object> { ["RequestId"] = id }))   // inside the server's own scope, which has its own id
        using (LogContext.PushProperty("RequestId", id))
            await next(context);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
