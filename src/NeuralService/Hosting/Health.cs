using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NeuralService.Storage;

namespace NeuralService.Hosting;

/// <summary>Whether the service lives and can work, and what it takes.</summary>
public static class Health
{
    /// <summary>Maps the two health endpoints, outside of the API's base path.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Operations");
        group.MapGet("/live", Live).WithName("getLiveness");
        group.MapGet("/ready", Ready).WithName("getReadiness");
    }

    /// <summary>Maps the endpoint that tells the limits.</summary>
    public static void MapLimits(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/limits", Limits).WithName("getLimits").WithTags("Operations");

    /// <summary>Does the process live?</summary>
    /// <response code="200">It does.</response>
    public static Ok<LivenessResponse> Live() => TypedResults.Ok(new LivenessResponse("live"));

    /// <summary>Can the service work?</summary>
    /// <response code="200">Every check passed.</response>
    /// <response code="503">A check failed; checks tells which.</response>
    public static async Task<Ok<ReadinessResponse>> Ready(HealthCheckService health, CancellationToken cancellation)
    {
        var report = await health.CheckHealthAsync(cancellation);
        var checks = report.Entries.ToDictionary(e => e.Key, e => new HealthCheckResponse(e.Value.Status == HealthStatus.Healthy ? "ok" : "failed", e.Value.Description));
        return report.Status == HealthStatus.Healthy
            ? TypedResults.Ok(new ReadinessResponse("ready", checks))
            : throw Problems.NotReady(checks);
    }

    /// <summary>What the service takes at most.</summary>
    /// <response code="200">The limits, as set under Limits.</response>
    public static Ok<LimitSettings> Limits(Settings settings) => TypedResults.Ok(settings.Limits);
}

/// <summary>The process lives.</summary>
/// <param name="Status"><c>live</c>.</param>
public sealed record LivenessResponse(string Status);

/// <summary>The service can work.</summary>
/// <param name="Status"><c>ready</c>.</param>
/// <param name="Checks">Each check by its name.</param>
public sealed record ReadinessResponse(string Status, IReadOnlyDictionary<string, HealthCheckResponse> Checks);

/// <summary>The outcome of one check.</summary>
/// <param name="Status"><c>ok</c> or <c>failed</c>.</param>
/// <param name="Detail">A sentence, where there is something to say.</param>
public sealed record HealthCheckResponse(string Status, string? Detail);

/// <summary>Whether the database answers.</summary>
internal sealed class DatabaseHealth(NeuralDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await db.ReadAsync(c => c.Networks.AnyAsync(cancellationToken), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", e);
        }
    }
}
