using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Storage;

namespace NeuralService.Tests.Training;

/// <summary>Wait, cancel, delete, priority, limit.</summary>
public sealed class JobControlTests(SharedService shared) : IClassFixture<SharedService>
{
    /// <summary>Runs until someone ends it.</summary>
    private const string Endless = """
        { "network": "NAME", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "labels": ["no","yes","yes","no"] }, "epochs": 10000000, "optimizer": { "type": "sgd", "learningRate": 0.05 }, "seed": 1 }
        """;

    private const string Short = """{ "network": "NAME", "data": { "inputs": [[0],[1]], "labels": ["no","yes"] }, "epochs": 1, "seed": 1, "priority": PRIORITY }""";

    private Service Service => shared.Service;

    [Fact]
    public async Task A_running_job_is_cancelled_twice_without_harm_and_leaves_no_version()
    {
        await Service.Define("cancel", """[ { "activation": "softmax" } ]""");
        var job = await Service.Submit(Endless.Replace("NAME", "cancel"));
        Assert.Equal("queued", (string?)job["status"]);
        Assert.Null(job["progress"]);
        var running = await Service.Running(job);
        Assert.InRange((double)running["progress"]!["fraction"]!, 0, 1);
        Assert.True((double)running["progress"]!["samplesPerSecond"]! > 0);
        (await Service.Delete($"training-jobs/{job["id"]}")).Is(409);
        (await Service.Post($"training-jobs/{job["id"]}/cancel", "")).Is(202);
        var ended = await Service.End(job);
        Assert.Equal(("cancelled", "cancelled"), ((string?)ended["status"], (string?)ended["stoppedBy"]));
        Assert.Null(ended["version"]);
        Assert.Null(ended["error"]);
        Assert.NotNull(ended["finishedAt"]);
        Assert.Equal("cancelled", (string?)(await Service.Post($"training-jobs/{job["id"]}/cancel", """{ "keepBest": true }""")).Is(202).Json["status"]);
        Assert.Empty((await Service.Get("networks/cancel/versions")).Json["items"]!.AsArray());
        Assert.NotEmpty(await Service.Losses(job));
        (await Service.Delete($"training-jobs/{job["id"]}")).Is(204);
        (await Service.Get($"training-jobs/{job["id"]}")).Is(404);
        var db = Service.Services.GetRequiredService<NeuralDb>();
        string id = (string)job["id"]!;
        Assert.Equal(0, await db.ReadAsync(c => c.LossBlocks.CountAsync(b => b.JobId == id), CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_job_keeps_its_best_weights_where_that_is_asked_for()
    {
        await Service.Define("best", """[ { "units": 4, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var job = await Service.Submit(Endless.Replace("NAME", "best").Replace("0.05", "30"));   // a rate at which the loss goes up and down
        await Service.Running(job);
        (await Service.Post($"training-jobs/{job["id"]}/cancel", """{ "keepBest": true }""")).Is(202);
        var ended = await Service.End(job);
        Assert.Equal(("cancelled", "cancelled", 1), ((string?)ended["status"], (string?)ended["stoppedBy"], (int?)ended["version"]));
        double[] losses = await Service.Losses(job);
        Assert.Equal(losses.Skip(1).Min(), (double)ended["metrics"]!["trainingLoss"]!, 1e-6);
        Assert.Equal(1, (int?)(await Service.Predict("best", """{ "inputs": [[0,1]] }""")).Is(200).Json["version"]);
    }

    [Fact]
    public async Task A_queued_job_is_cancelled_at_once_and_a_deleted_one_never_runs()
    {
        await Service.Define("queue", """[ { "activation": "softmax" } ]""");
        var holder = await Service.Submit(Endless.Replace("NAME", "queue"));
        await Service.Running(holder);
        var cancelled = await Service.Submit(Short.Replace("NAME", "queue").Replace("PRIORITY", "0"));
        var deleted = await Service.Submit(Short.Replace("NAME", "queue").Replace("PRIORITY", "0"));
        var answer = (await Service.Post($"training-jobs/{cancelled["id"]}/cancel", "{}")).Is(202).Json;
        Assert.Equal(("cancelled", 0), ((string?)answer["status"], (int?)answer["attempts"]));
        (await Service.Delete($"training-jobs/{deleted["id"]}")).Is(204);
        (await Service.Post($"training-jobs/{holder["id"]}/cancel", "")).Is(202);
        var last = await Service.Train(Short.Replace("NAME", "queue").Replace("PRIORITY", "0"));
        Assert.Equal(1, (int?)last["version"]);
        Assert.Contains("has succeeded already", (string?)(await Service.Post($"training-jobs/{last["id"]}/cancel", "")).Is(409).Json["detail"]);
        Assert.Contains("did you mean", (await Service.Post($"training-jobs/{last["id"]}/cancel", """{ "keepbest": true }""")).Is(400).Error("keepbest"));
        (await Service.Delete("training-jobs/latest")).Is(204);
        Assert.Equal(1, (int?)(await Service.Version("queue"))["version"]);
    }

    [Fact]
    public async Task The_higher_priority_goes_first_then_the_older()
    {
        await Service.Define("order", """[ { "activation": "softmax" } ]""");
        var holder = await Service.Submit(Endless.Replace("NAME", "order"));
        await Service.Running(holder);
        var jobs = new List<System.Text.Json.Nodes.JsonNode>();
        foreach (int priority in new[] { -5, 0, 7, 0, 100 }) jobs.Add(await Service.Submit(Short.Replace("NAME", "order").Replace("PRIORITY", $"{priority}")));
        (await Service.Post($"training-jobs/{holder["id"]}/cancel", "")).Is(202);
        var versions = new List<int>();
        foreach (var job in jobs) versions.Add((int)(await Service.End(job))["version"]!);
        Assert.Equal([5, 3, 2, 4, 1], versions);
    }

    [Fact]
    public async Task A_cancel_is_heard_however_early_or_late_it_comes()
    {
        await Service.Define("early", """[ { "activation": "softmax" } ]""");
        for (int i = 0; i < 20; i++)
        {
            var endless = await Service.Submit(Endless.Replace("NAME", "early"));
            if (i % 2 == 0) await Service.Get($"training-jobs/{endless["id"]}?wait=0.00{i}");
            (await Service.Post($"training-jobs/{endless["id"]}/cancel", "")).Is(202);
            Assert.Equal("cancelled", (string?)(await Service.End(endless))["status"]);
            var brief = await Service.Submit(Short.Replace("NAME", "early").Replace("PRIORITY", "0"));
            if (i % 2 == 0) await Service.Get($"training-jobs/{brief["id"]}?wait=0.0{i}");
            var answer = await Service.Post($"training-jobs/{brief["id"]}/cancel", "");
            Assert.True(answer.Status is 202 or 409, answer.Text);
            await Service.End(brief);
        }
    }

    [Fact]
    public async Task Whoever_sees_the_end_of_a_job_is_answered_by_its_version()
    {
        await Service.Define("seen", """[ { "activation": "softmax" } ]""");
        for (int version = 1; version <= 10; version++)
        {
            var job = await Service.Submit(Short.Replace("NAME", "seen").Replace("PRIORITY", "0"));
            while ((string?)(await Service.Get($"training-jobs/{job["id"]}")).Is(200).Json["status"] != "succeeded") { }
            Assert.Equal(version, (int?)(await Service.Predict("seen", """{ "inputs": [[1]] }""")).Is(200).Json["version"]);
        }
    }

    [Fact]
    public async Task A_version_to_start_from_that_is_deleted_meanwhile_fails_the_job_with_a_sentence()
    {
        await Service.Define("start", """[ { "activation": "softmax" } ]""");
        await Service.Train(Short.Replace("NAME", "start").Replace("PRIORITY", "0"));
        var holder = await Service.Submit(Endless.Replace("NAME", "start"));
        await Service.Running(holder);
        var job = await Service.Submit("""{ "network": "start", "data": { "inputs": [[0],[1]], "labels": ["no","yes"] }, "initialWeights": { "version": 1 } }""");
        (await Service.Delete("networks/start/versions/1")).Is(204);
        (await Service.Post($"training-jobs/{holder["id"]}/cancel", "")).Is(202);
        var failed = await Service.End(job);
        Assert.Equal(("failed", "Version 1, whose weights were to start from, was deleted."), ((string?)failed["status"], (string?)failed["error"]));
    }

    [Fact]
    public async Task A_table_that_is_replaced_while_jobs_are_submitted_is_the_old_one_the_new_one_or_409()
    {
        await Service.Define("race", """[ { "activation": "softmax" } ]""");
        (await Service.Upload("race", "x,kind\n1,a\n2,b\n")).Is(201);
        var submits = Enumerable.Range(0, 30).Select(_ => Service.Post("training-jobs", """{ "network": "race", "data": { "dataset": "race", "target": "kind" }, "epochs": 1 }""")).ToArray();
        for (int i = 0; i < 10; i++) (await Service.Replace("race", $"x,kind\n1,a\n2,b\n3,c{i}\n")).Is(200);
        foreach (var answer in await Task.WhenAll(submits))
        {
            if (answer.Status == 409) Assert.Equal("Changed meanwhile", (string?)answer.Is(409).Json["title"]);
            else Assert.Equal("succeeded", (string?)(await Service.End(answer.Is(202).Json))["status"]);
        }

        // Jobs run one by one, and each lets go of its table before the next one starts.
        await Service.Train("""{ "network": "race", "data": { "dataset": "race", "target": "kind" }, "epochs": 1 }""");
        var db = Service.Services.GetRequiredService<NeuralDb>();
        string[] used = [(string)(await Service.Get("datasets/race")).Is(200).Json["sha256"]!];
        Assert.Equal(used, await db.ReadAsync(
            c => c.DatasetContents.Where(d => c.Datasets.Any(n => n.Name == "race" && n.ContentId == d.Id) || !c.Datasets.Any(n => n.ContentId == d.Id)).Select(d => d.Sha256).ToArrayAsync(), CancellationToken.None));
    }

    [Fact]
    public async Task A_wait_ends_with_its_time_and_tells_how_far_the_job_is()
    {
        await Service.Define("wait", """[ { "activation": "softmax" } ]""");
        var job = await Service.Submit(Endless.Replace("NAME", "wait"));
        await Service.Running(job);
        Assert.Equal("running", (string?)(await Service.Get($"training-jobs/{job["id"]}?wait=0.05")).Is(200).Json["status"]);
        var waiting = Service.Get("training-jobs/latest?wait=60");
        (await Service.Post($"training-jobs/{job["id"]}/cancel", "")).Is(202);
        Assert.Equal("cancelled", (string?)(await waiting).Is(200).Json["status"]);
    }

    [Fact]
    public async Task More_open_jobs_than_the_limit_are_429_with_a_time_to_come_back()
    {
        await using var service = await Service.StartAsync("Limits:OpenJobs=2");
        await service.Define("full", """[ { "activation": "softmax" } ]""");
        var first = await service.Submit(Endless.Replace("NAME", "full"));
        var second = await service.Submit(Short.Replace("NAME", "full").Replace("PRIORITY", "0"));
        var refused = (await service.Post("training-jobs", Short.Replace("NAME", "full").Replace("PRIORITY", "0"))).Is(429);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("2 training jobs", (string?)refused.Json["detail"]);
        (await service.Post($"training-jobs/{first["id"]}/cancel", "")).Is(202);
        await service.End(second);
        await service.Train(Short.Replace("NAME", "full").Replace("PRIORITY", "0"));
    }

    [Fact]
    public async Task Two_jobs_run_at_once_where_the_settings_say_so()
    {
        await using var service = await Service.StartAsync("Training:MaxConcurrentJobs=2");
        await service.Define("two", """[ { "activation": "softmax" } ]""");
        var first = await service.Submit(Endless.Replace("NAME", "two"));
        var second = await service.Submit(Endless.Replace("NAME", "two"));
        await service.Running(first);
        await service.Running(second);
        foreach (var job in new[] { first, second }) (await service.Post($"training-jobs/{job["id"]}/cancel", "")).Is(202);
        foreach (var job in new[] { first, second }) await service.End(job);
    }

    [Fact]
    public async Task A_table_that_was_replaced_goes_with_the_last_job_that_needed_it()
    {
        await using var service = await Service.StartAsync();
        await service.Define("release", """[ { "activation": "softmax" } ]""");
        (await service.Upload("release", "x,kind\n1,a\n2,b\n")).Is(201);
        var holder = await service.Submit(Endless.Replace("NAME", "release"));
        await service.Running(holder);
        var cancelled = await service.Submit("""{ "network": "release", "data": { "dataset": "release", "target": "kind" } }""");
        (await service.Replace("release", "x,kind\n1,a\n2,c\n")).Is(200);
        var deleted = await service.Submit("""{ "network": "release", "data": { "dataset": "release", "target": "kind" } }""");
        (await service.Replace("release", "x,kind\n1,a\n2,d\n")).Is(200);
        var db = service.Services.GetRequiredService<NeuralDb>();
        Assert.Equal(3, await db.ReadAsync(c => c.DatasetContents.CountAsync(), CancellationToken.None));
        (await service.Post($"training-jobs/{cancelled["id"]}/cancel", "")).Is(202);
        (await service.Delete($"training-jobs/{deleted["id"]}")).Is(204);
        Assert.Equal(1, await db.ReadAsync(c => c.DatasetContents.CountAsync(), CancellationToken.None));
        (await service.Post($"training-jobs/{holder["id"]}/cancel", "")).Is(202);
        await service.End(holder);
    }
}
