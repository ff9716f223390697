using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace NeuralService.Tests.Reliability;

/// <summary>A real process that is killed, or told to stop, in the middle of a training, and started again on the same folder.</summary>
public sealed class InterruptionTests : IDisposable
{
    /// <summary>Long enough to be met in the middle, short enough to wait for.</summary>
    private const string Long = """
        { "network": "iris", "data": { "dataset": "iris", "target": "species" }, "layers": [ { "units": 1000, "activation": "tanh" }, { "units": 1000, "activation": "tanh" }, { "activation": "softmax" } ],
          "epochs": EPOCHS, "batchSize": 10, "optimizer": { "type": "adam", "learningRate": 0.001 }, "seed": 5 }
        """;

    private const string Short = """
        { "network": "iris", "data": { "dataset": "iris", "target": "species" }, "epochs": 10, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 5 }
        """;

    private const string Rows = """{ "inputs": [[5.1, 3.5, 1.4, 0.2], [6.3, 2.8, 5.1, 1.5]] }""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("neural-service-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_job_that_was_killed_runs_again_and_gives_what_it_would_have_given()
    {
        string killed, queued;
        using (var first = await Run.StartAsync(folder))
        {
            await first.PrepareAsync();
            killed = await first.SubmitAsync(Long.Replace("EPOCHS", "120"));
            queued = await first.SubmitAsync(Short);
            await first.MiddleOf(killed);
            first.Process.Kill();
            await first.Process.ExitAsync();
        }

        using var second = await Run.StartAsync(folder);
        var job = await second.EndOf(killed);
        Assert.Equal(("succeeded", 2, 2), ((string?)job["status"], (int?)job["attempts"], (int?)job["version"]));
        var history = (await second.Get($"training-jobs/{killed}/loss-history")).Is(200).Json["items"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 121), history.Select(h => (int)h!["epoch"]!));
        Assert.True((double)history[^1]!["trainingLoss"]! < (double)history[0]!["trainingLoss"]! / 2);
        var waited = await second.EndOf(queued);
        Assert.Equal(("succeeded", 1, 3), ((string?)waited["status"], (int?)waited["attempts"], (int?)waited["version"]));

        var undisturbed = await second.EndOf(await second.SubmitAsync(Long.Replace("EPOCHS", "120")));
        Assert.Equal(await second.HashOf(job), await second.HashOf(undisturbed));
        second.Process.Terminate();
        Assert.Equal(0, await second.Process.ExitAsync());
        await using var database = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "neural.db")};Pooling=False");
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var check = database.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", await check.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_training_changes_no_prediction_and_the_job_goes_on_after_it()
    {
        string before, job;
        using (var first = await Run.StartAsync(folder))
        {
            await first.PrepareAsync();
            before = (await first.Post("networks/iris/predictions", Rows)).Is(200).Text;
            job = await first.SubmitAsync(Long.Replace("EPOCHS", "100"));
            await first.MiddleOf(job);
            var waiting = first.Get($"training-jobs/{job}?wait=60");
            first.Process.Terminate();
            Assert.Contains((string)(await waiting).Is(200).Json["status"]!, new[] { "running", "queued" });   // a caller who waits is answered
            Assert.Equal(0, await first.Process.ExitAsync());
        }

        using var second = await Run.StartAsync(folder);
        Assert.Equal(before, (await second.Post("networks/iris/predictions?version=1", Rows)).Is(200).Text);
        var ended = await second.EndOf(job);
        Assert.Equal(("succeeded", 2), ((string?)ended["status"], (int?)ended["attempts"]));
        Assert.Equal(before, (await second.Post("networks/iris/predictions?version=1", Rows)).Is(200).Text);
    }

    [Fact]
    public async Task A_job_that_ends_the_process_three_times_in_a_row_is_not_tried_again()
    {
        string poison = "", next = "";
        for (int crash = 1; crash <= 3; crash++)
        {
            using var run = await Run.StartAsync(folder);
            if (crash == 1)
            {
                await run.PrepareAsync();
                // One epoch takes minutes, so that each crash meets the same one.
                poison = await run.SubmitAsync("""
                    { "network": "iris", "data": { "dataset": "iris", "target": "species" }, "epochs": 1, "batchSize": 1, "seed": 1,
                      "layers": [ { "units": 2500, "activation": "relu" }, { "units": 2500, "activation": "relu" }, { "activation": "softmax" } ] }
                    """);
                next = await run.SubmitAsync(Short);
            }

            while ((string?)(await run.Get($"training-jobs/{poison}?wait=0.05")).Is(200).Json["status"] != "running") { }
            run.Process.Kill();
            await run.Process.ExitAsync();
        }

        using var last = await Run.StartAsync(folder);
        var failed = await last.EndOf(poison);
        Assert.Equal(("failed", 3), ((string?)failed["status"], (int?)failed["attempts"]));
        Assert.Contains("ended 3 times in a row while this job was in epoch 0", (string?)failed["error"]);
        Assert.Equal("succeeded", (string?)(await last.EndOf(next))["status"]);
    }

    /// <summary>One life of the process.</summary>
    private sealed class Run : IDisposable
    {
        private readonly HttpClient http;

        private Run(ServiceProcess process, Uri address) => (Process, http) = (process, new HttpClient { BaseAddress = address });

        public ServiceProcess Process { get; }

        public static async Task<Run> StartAsync(DirectoryInfo folder)
        {
            var process = ServiceProcess.Start(folder.FullName, "--urls=http://127.0.0.1:0", "--Database:ConnectionString=Data Source=neural.db", "--Authentication:Mode=none", "--Samples:Enabled=false");
            return new Run(process, await process.ListeningAsync());
        }

        /// <summary>A table, a network, and its first version.</summary>
        public async Task PrepareAsync()
        {
            (await Send(HttpMethod.Post, "datasets?name=iris", new StringContent(await File.ReadAllTextAsync(TestData.Path("iris.csv")), System.Text.Encoding.UTF8, "text/csv"))).Is(201);
            (await Post("networks", """{ "name": "iris", "layers": [ { "units": 8, "activation": "relu" }, { "activation": "softmax" } ] }""")).Is(201);
            Assert.Equal("succeeded", (string?)(await EndOf(await SubmitAsync(Short)))["status"]);
        }

        public Task<Answer> Get(string path) => Send(HttpMethod.Get, path, null);

        public Task<Answer> Post(string path, string json) => Send(HttpMethod.Post, path, Service.Json(json));

        public async Task<string> SubmitAsync(string job) => (string)(await Post("training-jobs", job)).Is(202).Json["id"]!;

        public async Task<string?> HashOf(JsonNode job) => (string?)(await Get($"networks/iris/versions/{job["version"]}")).Is(200).Json["weightsSha256"];

        public async Task<JsonNode> EndOf(string job)
        {
            var ended = (await Get($"training-jobs/{job}?wait=60")).Is(200).Json;
            Assert.Contains((string)ended["status"]!, new[] { "succeeded", "failed", "cancelled" });
            return ended;
        }

        /// <summary>Waits until some epochs of the job are over.</summary>
        public async Task MiddleOf(string job)
        {
            JsonNode now;
            do now = (await Get($"training-jobs/{job}?wait=0.05")).Is(200).Json;
            while (((int?)now["progress"]?["epoch"] ?? 0) < 3);
            Assert.Equal("running", (string?)now["status"]);
        }

        public void Dispose()
        {
            http.Dispose();
            Process.Dispose();
        }

        private async Task<Answer> Send(HttpMethod method, string path, HttpContent? body)
        {
            using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = body };
            using var response = await http.SendAsync(request);
            return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType, response.Headers);
        }
    }
}
