using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>Live events of a job.</summary>
internal static class JobEventEndpoints
{
    private const string EventStream = "text/event-stream";

    /// <summary>Maps the endpoint.</summary>
    public static void MapJobEvents(this IEndpointRouteBuilder group) =>
        group.MapGet("/{id}/events", Events).WithName("followTrainingJob").Produces<string>(200, EventStream).Produces(StatusCodes.Status204NoContent)
            .WithParameterExample("id", "latest");

    /// <summary>Follow a training job.</summary>
    /// <remarks>
    /// A stream of events: <c>status</c> (status, version, error) for every change of state, <c>progress</c> (the job's progress, with the newest item of its loss
    /// history) at most ten times a second, and at the end <c>done</c> (the job). Each has an id; a listener who comes back with it as <c>Last-Event-ID</c> misses
    /// no change of state. A stream of a job that has ended tells its states and ends.
    /// </remarks>
    /// <param name="id">The job's id, or latest.</param>
    /// <param name="lastEventId">The id of the last event received, to go on behind it.</param>
    /// <response code="200">The events, until the job has ended.</response>
    /// <response code="204">The job has ended and all was told before; there is no use in coming back.</response>
    /// <response code="404">There is no such job.</response>
    public static async Task Events(
        string id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext http,
        NeuralDb db, JobFeed feed, Settings settings, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var last = EventCursor.Parse(lastEventId);
        if (id == "latest" && last is { } before) id = before.JobId; // the latest may be another job by now
        var row = await db.ReadAsync(context => TrainingEndpoints.FindAsync(context, id, http.RequestAborted), http.RequestAborted);
        var cursor = last is { } given && given.JobId == row.Id ? given : EventCursor.Start(row.Id);
        if (cursor.IsDone && row.HasEnded())
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        http.Response.ContentType = EventStream;
        http.Response.Headers[HeaderNames.CacheControl] = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // else a proxy may hold the events back
        await http.Response.Body.FlushAsync(http.RequestAborted);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await new JobListener(http.Response, db, feed, clock, TimeSpan.FromSeconds(settings.Events.HeartbeatSeconds)).FollowAsync(cursor, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The caller has left, or the service stops; then the caller comes back with the id of the last event.
        }
    }
}

/// <summary>Tells one listener what happens to a job.</summary>
internal sealed class JobListener(HttpResponse response, NeuralDb db, JobFeed feed, TimeProvider clock, TimeSpan heartbeat)
{
    // A change of state in another process is not signalled here.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProgressPause = TimeSpan.FromMilliseconds(100);

    private long lastWrite = clock.GetTimestamp();

    /// <summary>Writes events until the job has ended or is deleted.</summary>
    public async Task FollowAsync(EventCursor cursor, CancellationToken cancellation)
    {
        while (true)
        {
            var change = feed.NextChange(cursor.JobId);
            var row = await db.ReadAsync(context => context.TrainingJobs.SingleOrDefaultAsync(j => j.Id == cursor.JobId, cancellation), cancellation);
            if (row is null) return;
            var before = cursor;
            bool isEnding = row.HasEnded() && !TrainingEndpoints.IsOver(row, feed); // the end is told when the new version answers
            if (!isEnding) cursor = await TellAsync(row, cursor, cancellation);
            if (cursor.IsDone) return;
            if (cursor.Epoch > before.Epoch) await Task.Delay(ProgressPause, clock, cancellation);

            var quiet = clock.GetElapsedTime(lastWrite);
            if (quiet >= heartbeat) await WriteAsync(":\n\n", cancellation);
            var wait = heartbeat - quiet < LookAgain && quiet < heartbeat ? heartbeat - quiet : LookAgain;
            await change.WaitAsync(wait, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Tells what the listener does not know yet.</summary>
    /// <returns>Where the listener is now.</returns>
    private async Task<EventCursor> TellAsync(TrainingJobRow row, EventCursor cursor, CancellationToken cancellation)
    {
        foreach (var (index, status) in EventCursor.StatesOf(row).Where(s => s.Index > cursor.State))
        {
            bool isEnd = status == row.Status && row.HasEnded();
            if (isEnd) cursor = await TellProgressAsync(row, cursor, cancellation); // the last epoch stands before the end
            cursor = new EventCursor(row.Id, index, isEnd ? cursor.Epoch : -1, false);
            await WriteAsync("status", cursor, new StatusEvent(status, isEnd ? row.Version : null, isEnd ? row.Error : null), cancellation);
        }

        if (!row.HasEnded()) return row.Status == JobStatus.Running ? await TellProgressAsync(row, cursor, cancellation) : cursor;
        cursor = cursor with { IsDone = true };
        await WriteAsync("done", cursor, TrainingJobResponse.From(row, feed), cancellation);
        return cursor;
    }

    private async Task<EventCursor> TellProgressAsync(TrainingJobRow row, EventCursor cursor, CancellationToken cancellation)
    {
        var live = feed.Find(row.Id);
        var last = live?.Newest ?? await db.ReadAsync(context => LossHistory.LastAsync(context, row.Id, cancellation), cancellation);
        if (last is not { } newest || newest.Epoch <= cursor.Epoch) return cursor;
        cursor = cursor with { Epoch = newest.Epoch };
        var p = live is null
            ? TrainingJobResponse.From(row, feed).Progress ?? JobProgress.Of(newest.Epoch, row.Epochs, newest.Seconds, 0)
            : JobProgress.Of(newest.Epoch, row.Epochs, newest.Seconds, live.TrainingRows);
        await WriteAsync("progress", cursor, new ProgressEvent(p.Epoch, p.Epochs, p.Fraction, p.SamplesPerSecond, p.SecondsLeft, LossItem.From(newest)), cancellation);
        return cursor;
    }

    private Task WriteAsync<T>(string kind, EventCursor cursor, T data, CancellationToken cancellation) =>
        WriteAsync($"event: {kind}\nid: {cursor}\ndata: {Json.Write(data)}\n\n", cancellation); // JSON has no line breaks of its own

    private async Task WriteAsync(string text, CancellationToken cancellation)
    {
        await response.WriteAsync(text, cancellation);
        await response.Body.FlushAsync(cancellation);
        lastWrite = clock.GetTimestamp();
    }
}

/// <summary>A change of state.</summary>
/// <param name="Status">The state.</param>
/// <param name="Version">Number of the version made.</param>
/// <param name="Error">Why it failed.</param>
internal sealed record StatusEvent(string Status, int? Version, string? Error);

/// <summary>How far a job is.</summary>
/// <param name="Epoch">The last epoch that ended.</param>
/// <param name="Epochs">The most epochs it may run.</param>
/// <param name="Fraction">Share of the epochs.</param>
/// <param name="SamplesPerSecond">Training rows a second.</param>
/// <param name="SecondsLeft">Seconds to the last epoch at this pace.</param>
/// <param name="Item">The newest item of the loss history.</param>
internal sealed record ProgressEvent(int Epoch, int Epochs, double Fraction, double? SamplesPerSecond, double? SecondsLeft, LossItem Item);
