using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Data.Sqlite;

namespace NeuralService.Hosting;

/// <summary>Turns whatever a request threw into problem details; what is no refusal is logged and answered without its internals.</summary>
internal sealed class ProblemHandler(Settings settings, ILogger<ProblemHandler> log) : IExceptionHandler
{
    private const int ClientClosedRequest = 499;   // nobody reads it; it is for the log

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            httpContext.Response.StatusCode = ClientClosedRequest;
            return true;
        }
        var refusal = Refusal(httpContext, exception);
        if (refusal.Status == StatusCodes.Status500InternalServerError)
            log.LogError(exception, "{Method} {Path} failed", httpContext.Request.Method, httpContext.Request.Path.Value);
        await Problem.WriteAsync(httpContext, refusal);
        return true;
    }

    /// <summary>Gives refusals that routing made without a body (404, 405, 415) the same form.</summary>
    public static Task WriteStatusAsync(HttpContext context)
    {
        int status = context.Response.StatusCode;
        return Problem.WriteAsync(context, status switch
        {
            StatusCodes.Status404NotFound => Problems.NoSuchPath(context.Request.Path),
            StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(context.Request.Method, context.Response.Headers.Allow.ToString()),
            StatusCodes.Status415UnsupportedMediaType => Problems.MediaTypeNotTaken(context.Request.ContentType),
            _ => new Refusal(status, ReasonPhrases.GetReasonPhrase(status), $"The request was answered with status {status}."),
        });
    }

    private Refusal Refusal(HttpContext context, Exception exception) => exception switch
    {
        Refusal refusal => refusal,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.BodyTooLarge(BodyLimit.Of(context) ?? settings.Limits.JsonBodyBytes),
        BadHttpRequestException bad => BindingProblem.From(bad),
        InvalidDataException { Source: "System.IO.Compression" } => Problems.NotUnpackable(),
        _ => Storage(exception) ?? Problems.Unexpected(),
    };

    /// <summary>Whether a fault will pass by itself: the database is locked or full for now.</summary>
    public static bool IsPassing(Exception exception) => exception is Refusal { Status: 503 or 507 } || Storage(exception) is not null;

    private static Refusal? Storage(Exception? exception)
    {
        while (exception is not null and not SqliteException)
            exception = exception.InnerException;
        return (exception as SqliteException)?.SqliteErrorCode switch
        {
            5 or 6 => Problems.DatabaseBusy(),   // SQLITE_BUSY, SQLITE_LOCKED
            13 => Problems.StorageFull(),        // SQLITE_FULL
            _ => null,
        };
    }
}
