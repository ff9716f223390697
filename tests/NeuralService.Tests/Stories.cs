using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Storage;

namespace NeuralService.Tests;

/// <summary>The steps of a story: upload, define, train, predict.</summary>
internal static class Stories
{
    /// <summary>Uploads a table.</summary>
    public static Task<Answer> Upload(this Service service, string name, string csv, string query = "") =>
        service.Send(HttpMethod.Post, $"datasets?name={name}{query}", new StringContent(csv, Encoding.UTF8, "text/csv"));

    /// <summary>Replaces a table.</summary>
    public static Task<Answer> Replace(this Service service, string name, string csv) =>
        service.Send(HttpMethod.Put, $"datasets/{name}", new StringContent(csv, Encoding.UTF8, "text/csv"));

    /// <summary>Defines a network; <paramref name="more"/> is further fields, with a comma before them.</summary>
    public static async Task Define(this Service service, string name, string layers, string more = "") =>
        (await service.Post("networks", $$"""{ "name": "{{name}}", "layers": {{layers}}{{more}} }""")).Is(201);

    /// <summary>Submits a training job.</summary>
    public static async Task<JsonNode> Submit(this Service service, string request) => (await service.Post("training-jobs", request)).Is(202).Json;

    /// <summary>Waits for the end of a job.</summary>
    public static async Task<JsonNode> End(this Service service, JsonNode job)
    {
        var ended = (await service.Get($"training-jobs/{job["id"]}?wait=60")).Is(200).Json;
        Assert.Contains((string)ended["status"]!, new[] { "succeeded", "failed", "cancelled" });
        return ended;
    }

    /// <summary>Submits a training job and waits until it has made its version.</summary>
    public static async Task<JsonNode> Train(this Service service, string request)
    {
        var job = await service.End(await service.Submit(request));
        Assert.True((string?)job["status"] == "succeeded", $"{job["status"]}: {job["error"]}");
        return job;
    }

    /// <summary>Waits until a job runs, and has done an epoch.</summary>
    public static async Task<JsonNode> Running(this Service service, JsonNode job)
    {
        var feed = service.Services.GetRequiredService<NeuralService.Training.JobFeed>();
        while (true)
        {
            var change = feed.NextChange((string)job["id"]!);
            var now = (await service.Get($"training-jobs/{job["id"]}")).Is(200).Json;
            if ((string?)now["status"] == "running" && (int?)now["progress"]?["epoch"] > 0) return now;
            Assert.Contains((string)now["status"]!, new[] { "queued", "running" });
            await change.WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        }
    }

    /// <summary>Predicts; the body is <c>{ "rows": … }</c> or <c>{ "inputs": … }</c>.</summary>
    public static Task<Answer> Predict(this Service service, string network, string body, string query = "") => service.Post($"networks/{network}/predictions{query}", body);

    /// <summary>The only prediction of a body with one row.</summary>
    public static async Task<JsonNode> PredictOne(this Service service, string network, string body, string query = "") =>
        (await service.Predict(network, body, query)).Is(200).Json["predictions"]!.AsArray().Single()!;

    /// <summary>A version of a network.</summary>
    public static async Task<JsonNode> Version(this Service service, string network, string version = "latest") =>
        (await service.Get($"networks/{network}/versions/{version}")).Is(200).Json;

    /// <summary>The losses of a job, from epoch 0.</summary>
    public static async Task<double[]> Losses(this Service service, JsonNode job)
    {
        var items = (await service.Get($"training-jobs/{job["id"]}/loss-history")).Is(200).Json["items"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, items.Count), items.Select(i => (int)i!["epoch"]!));
        return [.. items.Select(i => (double)i!["trainingLoss"]!)];
    }

    /// <summary>How many rows the database holds, of everything that a caller can make.</summary>
    public static Task<int> KeptAsync(this Service service) => service.Services.GetRequiredService<NeuralDb>().ReadAsync(
        async c => await c.Networks.CountAsync() + await c.Versions.CountAsync() + await c.WeightChunks.CountAsync() + await c.Aliases.CountAsync() + await c.Datasets.CountAsync()
            + await c.DatasetContents.CountAsync() + await c.DatasetChunks.CountAsync() + await c.TrainingJobs.CountAsync() + await c.LossBlocks.CountAsync(),
        CancellationToken.None);
}

/// <summary>One service for the tests of a class, which keep apart by the names they give.</summary>
public class SharedService : IAsyncLifetime
{
    private readonly string[] settings;

    public SharedService() => settings = [];

    protected SharedService(params string[] settings) => this.settings = settings;

    public Service Service { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Service = await Service.StartAsync(settings);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Service.DisposeAsync();
    }
}
