using System.Diagnostics;
using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>The live events of a job.</summary>
public sealed class JobEventTests : IAsyncLifetime
{
    private const string Endless = """
        { "network": "xor", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "labels": ["no","yes","yes","no"] }, "epochs": 10000000, "optimizer": { "type": "sgd", "learningRate": 0.05 }, "seed": 1 }
        """;

    private const string Short = """{ "network": "xor", "data": { "inputs": [[0],[1]], "labels": ["no","yes"] }, "epochs": 7, "seed": 1 }""";

    private Service service = null!;

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync("Events:HeartbeatSeconds=1");
        await service.Define("xor", """[ { "units": 4, "activation": "tanh" }, { "activation": "softmax" } ]""");
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_listener_hears_every_state_the_last_epoch_and_the_end()
    {
        var job = await service.Submit(Short);
        await using var reader = await EventReader.OpenAsync(service, (string)job["id"]!);
        Assert.Equal(200, (int)reader.Response.StatusCode);
        Assert.Equal("text/event-stream", reader.Response.Content.Headers.ContentType?.MediaType);
        Assert.True(reader.Response.Headers.CacheControl?.NoCache);
        Assert.Equal(["no"], reader.Response.Headers.GetValues("X-Accel-Buffering"));

        var events = await reader.RestAsync();
        Assert.Equal(["queued", "running", "succeeded"], States(events));
        Assert.Equal("""{"status":"succeeded","version":1,"error":null}""", events[^2].Data!.ToJsonString());
        var last = events.Last(e => e.Kind == "progress").Data!;
        Assert.Equal((7, 7, 1.0, 7), ((int)last["epoch"]!, (int)last["epochs"]!, (double)last["fraction"]!, (int)last["item"]!["epoch"]!));
        Assert.Equal((await service.Losses(job))[7], (double)last["item"]!["trainingLoss"]!);
        Assert.Equal("done", events[^1].Kind);
        Assert.True(JsonNode.DeepEquals(events[^1].Data, (await service.Get($"training-jobs/{job["id"]}")).Json));
        Assert.Equal(events.Count, events.Select(e => e.Id).Distinct().Count());
        Assert.Equal(1, (int?)(await service.Predict("xor", """{ "inputs": [[1]] }""")).Is(200).Json["version"]);
    }

    [Fact]
    public async Task Whoever_comes_late_hears_the_states_and_whoever_heard_all_need_not_come_back()
    {
        await service.Train(Short);
        await using var late = await EventReader.OpenAsync(service, "latest");
        var events = await late.RestAsync();
        Assert.Equal(["queued", "running", "succeeded"], States(events));
        await using var again = await EventReader.OpenAsync(service, "latest", events[^1].Id);
        Assert.Equal(204, (int)again.Response.StatusCode);
        await using var before = await EventReader.OpenAsync(service, "latest", events[^2].Id);
        Assert.Equal(["done"], (await before.RestAsync()).Select(e => e.Kind));
        await using var odd = await EventReader.OpenAsync(service, "latest", "what is this");
        Assert.Equal(["queued", "running", "succeeded"], States(await odd.RestAsync()));
    }

    [Fact]
    public async Task Whoever_comes_back_goes_on_behind_the_last_event()
    {
        var job = await service.Submit(Endless);
        string last;
        await using (var first = await EventReader.OpenAsync(service, "latest"))
        {
            Assert.Equal("queued", (string?)(await first.NextAsync("status")).Data!["status"]);
            Assert.Equal("running", (string?)(await first.NextAsync("status")).Data!["status"]);
            last = (await first.NextAsync("progress")).Id;
        }

        await service.Submit(Short);                                             // latest is another job now, the listener's is the old one
        (await service.Post($"training-jobs/{job["id"]}/cancel", "")).Is(202);
        await using var second = await EventReader.OpenAsync(service, "latest", last);
        var events = await second.RestAsync();
        Assert.Equal(["cancelled"], States(events));
        Assert.Equal((string?)job["id"], (string?)events[^1].Data!["id"]);
        int[] epochs = [.. events.Where(e => e.Kind == "progress").Select(e => (int)e.Data!["epoch"]!)];
        Assert.Equal(epochs.Order().Distinct(), epochs);
    }

    [Fact]
    public async Task A_stop_of_the_service_ends_the_stream_and_the_next_start_goes_on_with_it()
    {
        var job = await service.Submit(Endless);
        var reader = await EventReader.OpenAsync(service, (string)job["id"]!);
        string last = (await reader.NextAsync("progress")).Id;
        var rest = reader.RestAsync();
        await service.StopAsync();
        var ended = await rest.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(ended, e => e.Kind == "done");
        last = ended.LastOrDefault(e => e.Id.Length > 0)?.Id ?? last;
        await reader.DisposeAsync();

        await service.StartAgainAsync();
        await using var again = await EventReader.OpenAsync(service, (string)job["id"]!, last);
        var states = new List<string> { (string)(await again.NextAsync("status")).Data!["status"]! };
        if (states[0] == "queued") states.Add((string)(await again.NextAsync("status")).Data!["status"]!);
        Assert.Equal("running", states[^1]);
        Assert.Equal(2, (int?)(await service.Get("training-jobs/latest")).Json["attempts"]);
        (await service.Post("training-jobs/latest/cancel", "")).Is(202);
        Assert.Equal(["cancelled"], States(await again.RestAsync()));
    }

    [Fact]
    public async Task Progress_comes_ten_times_a_second_at_most()
    {
        await service.Submit(Endless);
        await using var reader = await EventReader.OpenAsync(service, "latest");
        await reader.NextAsync("progress");
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 10; i++) await reader.NextAsync("progress");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 30);
        (await service.Post("training-jobs/latest/cancel", "")).Is(202);
        await reader.RestAsync();
    }

    [Fact]
    public async Task A_quiet_stream_gives_signs_of_life_and_ends_with_a_job_that_is_deleted()
    {
        var holder = await service.Submit(Endless);
        var waiting = await service.Submit(Short);
        await using var reader = await EventReader.OpenAsync(service, (string)waiting["id"]!);
        Assert.Equal("queued", (string?)(await reader.NextAsync("status")).Data!["status"]);
        Assert.Equal(":", (await reader.NextAsync())!.Kind);
        Assert.Equal(":", (await reader.NextAsync())!.Kind);
        (await service.Delete($"training-jobs/{waiting["id"]}")).Is(204);
        Assert.DoesNotContain(await reader.RestAsync(), e => e.Kind != ":");
        (await service.Post($"training-jobs/{holder["id"]}/cancel", "")).Is(202);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_reason()
    {
        var job = await service.Submit(Short.Replace("\"epochs\": 7", "\"epochs\": 100, \"optimizer\": { \"type\": \"sgd\", \"learningRate\": 1e6 }, \"layers\": [ { \"units\": 2, \"activation\": \"linear\" } ], \"loss\": \"squaredError\"").Replace("\"labels\": [\"no\",\"yes\"]", "\"targets\": [[0,1],[1,0]]"));
        await using var reader = await EventReader.OpenAsync(service, (string)job["id"]!);
        var events = await reader.RestAsync();
        Assert.Equal(["queued", "running", "failed"], States(events));
        Assert.Contains("no longer a finite number", (string?)events.Last(e => e.Kind == "status").Data!["error"]);
        Assert.NotEqual(204, (int)(await EventReader.OpenAsync(service, (string)job["id"]!, events[0].Id)).Response.StatusCode);
    }

    [Fact]
    public async Task The_events_of_a_job_that_is_not_there_are_404()
    {
        (await service.Get("training-jobs/nothing/events")).Is(404);
        (await service.Get("training-jobs/latest/events")).Is(404);
    }

    private static IEnumerable<string> States(IEnumerable<StreamEvent> events) => events.Where(e => e.Kind == "status").Select(e => (string)e.Data!["status"]!);
}
