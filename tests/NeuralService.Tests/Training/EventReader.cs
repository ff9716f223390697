using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>One event of a stream; a comment has the kind <c>:</c>.</summary>
public sealed record StreamEvent(string Kind, string Id, JsonNode? Data);

/// <summary>Reads the events of a job as they come.</summary>
public sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private EventReader(HttpResponseMessage response, StreamReader lines) => (this.response, this.lines) = (response, lines);

    public HttpResponseMessage Response => response;

    public static async Task<EventReader> OpenAsync(Service service, string job, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/training-jobs/{job}/events");
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var answer = await service.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<StreamEvent?> NextAsync()
    {
        string kind = "", id = "", data = "";
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0 && kind.Length > 0) return new StreamEvent(kind, id, data.Length == 0 ? null : JsonNode.Parse(data));
            if (line.StartsWith(':')) kind = ":";
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
        }

        return null;
    }

    /// <summary>The next event of a kind, whatever comes before it.</summary>
    public async Task<StreamEvent> NextAsync(string kind)
    {
        while (await NextAsync() is { } e)
        {
            if (e.Kind == kind) return e;
        }

        throw new InvalidOperationException($"The stream ended before an event {kind}.");
    }

    /// <summary>Every event up to the end of the stream.</summary>
    public async Task<List<StreamEvent>> RestAsync()
    {
        var events = new List<StreamEvent>();
        while (await NextAsync() is { } e) events.Add(e);
        return events;
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}
