using System.Text.Json.Nodes;

namespace NeuralService.Tests.FirstStart;

/// <summary>What an empty database gets at its first start.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task An_empty_database_gets_a_table_a_network_and_a_training_and_keeps_them()
    {
        await using var service = await Service.StartAsync("Samples:Enabled=true");
        var job = await SampleAsync(service);
        Assert.Equal(("succeeded", 1), ((string?)job["status"], (int?)job["version"]));
        Assert.True((double)job["metrics"]!["testAccuracy"]! > 0.85);
        Assert.Equal(150, (int?)(await service.Get("datasets/iris")).Is(200).Json["rowCount"]);
        Assert.Equal("setosa", (string?)(await service.PredictOne("iris", """{ "rows": [ { "sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2 } ] }"""))["label"]);

        await service.StopAsync();
        await service.StartAgainAsync();
        (await service.Get("/health/ready")).Is(200);
        Assert.Equal((string?)job["id"], (string?)Assert.Single((await service.Get("training-jobs")).Json["items"]!.AsArray())!["id"]);
    }

    [Fact]
    public async Task A_database_with_anything_in_it_is_left_alone()
    {
        var folder = Directory.CreateTempSubdirectory("neural-sample-");
        using (var first = Start(folder, samples: false))
        {
            using var http = new HttpClient { BaseAddress = await first.ListeningAsync() };
            (await http.PostAsync("/api/v1/networks", Service.Json("""{ "name": "mine", "layers": [ { "activation": "softmax" } ] }"""))).EnsureSuccessStatusCode();
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }

        using (var second = Start(folder, samples: true))
        {
            using var http = new HttpClient { BaseAddress = await second.ListeningAsync() };
            (await http.GetAsync("/health/ready")).EnsureSuccessStatusCode();
            var networks = JsonNode.Parse(await http.GetStringAsync("/api/v1/networks"))!["items"]!.AsArray();
            Assert.Equal("mine", (string?)Assert.Single(networks)!["name"]);
            second.Terminate();
            Assert.Equal(0, await second.ExitAsync());
            Assert.DoesNotContain("The database was empty", second.Output);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Whoever_starts_it_in_a_terminal_is_told_what_was_made_and_what_to_try()
    {
        var folder = Directory.CreateTempSubdirectory("neural-sample-");
        using (var service = Start(folder, samples: true))
        {
            var address = await service.ListeningAsync();
            await service.SaysAsync("loss.svg");
            Assert.Contains("The database was empty, so it got the Iris table", service.Output);
            Assert.Contains("of the test rows are classified rightly", service.Output);
            Assert.Contains($"Open {address.ToString().TrimEnd('/')}/swagger", service.Output);
            Assert.Contains("networks/iris/predictions", service.Output);
            service.Terminate();
            Assert.Equal(0, await service.ExitAsync());
        }

        folder.Delete(recursive: true);
    }

    private static async Task<JsonNode> SampleAsync(Service service)
    {
        Answer answer;
        do answer = await service.Get("training-jobs/latest?wait=60");
        while (answer.Status == 404);
        return answer.Is(200).Json;
    }

    private static ServiceProcess Start(DirectoryInfo folder, bool samples) => ServiceProcess.Start(
        folder.FullName, "--urls", "http://127.0.0.1:0", "--Authentication:Mode=none", "--Log:Format=text", $"--Samples:Enabled={(samples ? "true" : "false")}");
}
