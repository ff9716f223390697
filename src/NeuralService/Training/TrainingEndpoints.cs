using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using NeuralService.Datasets;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>Training jobs: submit, watch, wait, cancel.</summary>
internal static class TrainingEndpoints
{
    private const int LongestWaitSeconds = 60;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private const string RetryAfterSeconds = "1";

    /// <summary>Maps the endpoints.</summary>
    public static void MapTraining(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/training-jobs").WithTags("Training jobs");
        group.MapPost("/", Submit).WithName("submitTrainingJob").Produces<TrainingJobResponse>(StatusCodes.Status202Accepted)
            .WithExample(TrainingExamples.Long, "watchAndCancel", "A long training: time to watch its loss history, and to cancel it")
            .WithExample(TrainingExamples.Short, "short", "Three species from four measurements, in well under a second");
        group.MapGet("/", List).WithName("listTrainingJobs").WithParameterExample("network", "iris");
        group.MapGet("/{id}", Get).WithName("getTrainingJob").WithParameterExample("id", "latest");
        group.MapLossHistory();
        group.MapPost("/{id}/cancel", Cancel).WithName("cancelTrainingJob").Produces<TrainingJobResponse>(StatusCodes.Status202Accepted)
            .WithParameterExample("id", "latest").WithExample("""{ "keepBest": true }""");
        group.MapJobEvents();
        group.MapDelete("/{id}", Delete).WithName("deleteTrainingJob").WithParameterExample("id", "latest");
    }

    /// <summary>Submit a training job.</summary>
    /// <remarks>The job is stored and queued; the worker trains it and makes a version of the network. Definition and table are kept as they are now.</remarks>
    /// <response code="202">The job as accepted; Location tells where to follow it.</response>
    /// <response code="429">Too many jobs are open.</response>
    public static async Task<IResult> Submit(
        JsonBody<TrainingRequest> body, HttpContext http, JobSubmission submission, JobFeed feed, CancellationToken cancellation) =>
        Accepted(http, await submission.SubmitAsync(body, RequestId.Of(http), cancellation), feed);

    /// <summary>List training jobs, newest first.</summary>
    /// <param name="page">Which page.</param>
    /// <param name="network">Only jobs of this network.</param>
    /// <param name="status">Only jobs in this state: queued, running, paused, succeeded, failed or cancelled.</param>
    /// <param name="tag">Only jobs with this tag, as <c>key:value</c>; given several times, all of them.</param>
    /// <response code="200">One page of jobs.</response>
    public static async Task<Ok<Page<TrainingJobResponse>>> List(
        [AsParameters] PageRequest page, [FromQuery] string? network, [FromQuery] string? status, [FromQuery(Name = "tag")] string[]? tag,
        NeuralDb db, JobFeed feed, CancellationToken cancellation)
    {
        if (status is not null && !JobStatus.All.Contains(status))
            throw Problems.BadQuery("status", Problems.UnknownWord(status, JobStatus.All));
        var fragments = Tags.Fragments(tag);
        return TypedResults.Ok(await db.ReadAsync(
            context =>
            {
                IQueryable<TrainingJobRow> rows = context.TrainingJobs;
                if (network is not null) rows = rows.Where(j => j.NetworkName == network);
                if (status is not null) rows = rows.Where(j => j.Status == status);
                foreach (string fragment in fragments) rows = rows.Where(j => j.Tags.Contains(fragment));
                return page.ReadAsync(rows, j => j.Id, j => TrainingJobResponse.From(j, feed), cancellation);
            },
            cancellation));
    }

    /// <summary>Get a training job, or wait for its end.</summary>
    /// <param name="id">The job's id, or latest.</param>
    /// <param name="wait">Answer when the job has ended, or after this many seconds (60 at most).</param>
    /// <response code="200">The job as it is now.</response>
    /// <response code="404">There is no such job.</response>
    public static async Task<Ok<TrainingJobResponse>> Get(
        string id, [FromQuery] double? wait, NeuralDb db, JobFeed feed, IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        if (wait is < 0 or > LongestWaitSeconds or double.NaN)
            throw Problems.QueryOutOfRange("wait", (long)wait.Value, 0, LongestWaitSeconds);
        var row = await db.ReadAsync(context => FindAsync(context, id, cancellation), cancellation);
        // The end is told when the new version answers, which is a moment after both are stored.
        double seconds = row.HasEnded() ? LongestWaitSeconds : wait ?? 0;
        if (seconds > 0 && !IsOver(row, feed))
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
            enough.CancelAfter(TimeSpan.FromSeconds(seconds));
            row = await WaitForEndAsync(row, db, feed, enough.Token);
            cancellation.ThrowIfCancellationRequested();
        }

        return TypedResults.Ok(TrainingJobResponse.From(row, feed));
    }

    /// <summary>Cancel a training job.</summary>
    /// <remarks>May be repeated without harm. With keepBest the best weights so far become a version.</remarks>
    /// <param name="id">The job's id, or latest.</param>
    /// <response code="202">The job; it ends after the batch under way.</response>
    /// <response code="404">There is no such job.</response>
    /// <response code="409">The job has succeeded or failed already.</response>
    public static async Task<IResult> Cancel(
        string id, JsonBody<CancelRequest>? body, HttpContext http, NeuralDb db, JobQueue queue, JobFeed feed, ContentStore contents, CancellationToken cancellation)
    {
        bool keepBest = body?.Checked().KeepBest ?? false;
        var row = await db.WriteAsync(
            async context =>
            {
                var job = await FindAsync(context, id, cancellation);
                if (job.Status is JobStatus.Succeeded or JobStatus.Failed) throw Problems.JobHasEnded(job.Id, job.Status);
                if (job.HasEnded()) return job;
                job.KeepBest |= keepBest;
                job.CancelRequested = true;
                if (job.Status != JobStatus.Running)
                {
                    job.StoppedBy = JobStatus.Cancelled;
                    queue.End(job, JobStatus.Cancelled);
                }

                return job;
            },
            cancellation);
        feed.Find(row.Id)?.Cancel();
        feed.Changed(row.Id);
        if (row.HasEnded()) await contents.ReleaseAsync([row.ContentId, row.ValidationContentId, row.TestContentId], CancellationToken.None);
        return Accepted(http, row, feed);
    }

    /// <summary>Delete a training job with its loss history.</summary>
    /// <remarks>The version that it made stays.</remarks>
    /// <param name="id">The job's id, or latest.</param>
    /// <response code="204">It is gone.</response>
    /// <response code="404">There is no such job.</response>
    /// <response code="409">The job is running; cancel it first.</response>
    public static async Task<NoContent> Delete(string id, NeuralDb db, JobFeed feed, ContentStore contents, CancellationToken cancellation)
    {
        var deleted = await db.WriteAsync(
            async context =>
            {
                var job = await FindAsync(context, id, cancellation);
                if (job.Status == JobStatus.Running) throw Problems.JobIsRunning(job.Id);
                context.TrainingJobs.Remove(job);
                return job;
            },
            cancellation);
        feed.Changed(deleted.Id);
        await contents.ReleaseAsync([deleted.ContentId, deleted.ValidationContentId, deleted.TestContentId], CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary>The job that a path names.</summary>
    /// <exception cref="Refusal">404 where there is none.</exception>
    public static async Task<TrainingJobRow> FindAsync(NeuralDbContext context, string id, CancellationToken cancellation) =>
        (id == "latest"
            ? await context.TrainingJobs.OrderByDescending(j => j.Id).FirstOrDefaultAsync(cancellation)
            : await context.TrainingJobs.SingleOrDefaultAsync(j => j.Id == id, cancellation))
        ?? throw Problems.JobNotFound(id);

    private static IResult Accepted(HttpContext http, TrainingJobRow row, JobFeed feed)
    {
        http.Response.Headers.RetryAfter = RetryAfterSeconds;
        return TypedResults.Accepted($"/api/v1/training-jobs/{row.Id}", TrainingJobResponse.From(row, feed));
    }

    /// <summary>Whether the job has ended, and this process is done with it.</summary>
    public static bool IsOver(TrainingJobRow row, JobFeed feed) => row.HasEnded() && feed.Find(row.Id) is null;

    /// <summary>Waits until a job has ended and its version answers, or until it is enough.</summary>
    /// <returns>The job as it is then.</returns>
    /// <remarks>A job that this process runs is not read again before it is done with: until then only its progress changes. Others are looked at again and again.</remarks>
    public static async Task<TrainingJobRow> WaitForEndAsync(TrainingJobRow row, NeuralDb db, JobFeed feed, CancellationToken enough)
    {
        while (!IsOver(row, feed) && !enough.IsCancellationRequested)
        {
            var change = feed.NextChange(row.Id);
            if (feed.Find(row.Id) is null) row = await ReadAsync();
            if (!IsOver(row, feed)) await change.WaitAsync(LookAgain, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (row.HasEnded()) feed.Changed(row.Id); // no other change will come: nobody must be left waiting for one
        return row.HasEnded() ? row : await ReadAsync();

        Task<TrainingJobRow> ReadAsync() => db.ReadAsync(context => FindAsync(context, row.Id, CancellationToken.None), CancellationToken.None);
    }
}

/// <summary>How to cancel.</summary>
public sealed record CancelRequest
{
    /// <summary>Make a version of the best weights so far.</summary>
    public bool KeepBest { get; init; }
}

/// <summary>The bodies that the API description shows.</summary>
internal static class TrainingExamples
{
    /// <summary>Runs for minutes.</summary>
    public const string Long = """
        {
          "network": "iris",
          "data": { "dataset": "iris", "target": "species" },
          "layers": [ { "units": 256, "activation": "relu" }, { "units": 256, "activation": "relu" }, { "activation": "softmax" } ],
          "validation": { "fraction": 0.2, "stratify": true },
          "epochs": 100000,
          "optimizer": { "type": "sgd", "learningRate": 0.001 },
          "seed": 42
        }
        """;

    /// <summary>Ends at once.</summary>
    public const string Short = """
        {
          "network": "iris",
          "data": { "dataset": "iris", "target": "species" },
          "validation": { "fraction": 0.15, "stratify": true },
          "test": { "fraction": 0.15 },
          "epochs": 200,
          "batchSize": 16,
          "optimizer": { "type": "adam", "learningRate": 0.01 },
          "earlyStopping": { "patience": 20 },
          "seed": 42
        }
        """;
}
