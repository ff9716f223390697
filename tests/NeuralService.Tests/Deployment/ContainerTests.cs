using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NeuralService.Tests.Deployment;

/// <summary>What deploy/Dockerfile makes, run as a container would run it. Skipped where no sandbox can be had.</summary>
public sealed partial class ContainerTests(Image image) : IClassFixture<Image>, IDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Flower = """{"rows":[{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]}""";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("neural-service-data-");

    public void Dispose() => data.Delete(recursive: true);

    [Fact]
    public async Task On_one_core_and_256_MiB_it_trains_predicts_stops_when_told_and_answers_the_same_after_a_restart()
    {
        var container = Container();
        byte[] before;
        using (var first = container.Start(("Samples__Enabled", "true"), ("Authentication__BootstrapKey", Key)))
        {
            using var http = await ClientAsync(first);
            Assert.Equal((0, ""), await container.HealthAsync(http.BaseAddress!));
            Assert.Equal("succeeded", await EndOfJobAsync(http));
            before = await PredictAsync(http);
            Assert.Equal("setosa", (string?)JsonNode.Parse(before)!["predictions"]![0]!["label"]);
            Assert.StartsWith("1654 ", (await File.ReadAllTextAsync($"/proc/{first.Id}/uid_map")).Trim());
            Assert.Equal(0UL, Convert.ToUInt64(Status(first, "CapEff"), 16));
            Assert.InRange(int.Parse(Status(first, "VmHWM").Split(' ')[0]), 1, 256 * 1024);
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        }
        using var second = container.Start(("Authentication__BootstrapKey", Key));
        using var again = await ClientAsync(second);
        Assert.Equal(before, await PredictAsync(again));
    }

    [Fact]
    public async Task The_first_key_is_printed_once()
    {
        var container = Container();
        string key;
        using (var first = container.Start())
        {
            var address = await first.ListeningAsync();
            key = PrintedKey().Match(first.Output).Value;
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(address, key));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(address, Key));
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }
        using var second = container.Start();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(await second.ListeningAsync(), key));
        Assert.DoesNotMatch(PrintedKey(), second.Output);
    }

    [Fact]
    public async Task The_health_check_tells_that_nothing_answers()
    {
        var (exitCode, output) = await Container().HealthAsync(new Uri("http://127.0.0.1:1"));
        Assert.Equal(1, exitCode);
        Assert.NotEmpty(output);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_ends_it_at_once_with_a_sentence()
    {
        using var service = Container().StartReadOnly();
        Assert.Equal(1, await service.ExitAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("The folder of the database /data/neural.db cannot be written (Database:ConnectionString); allowed is a folder that this user may write.", service.Output);
        Assert.DoesNotContain("   at ", service.Output);
    }

    [Fact]
    public void The_description_and_its_page_come_with_the_image()
    {
        _ = Container();
        Assert.All(["NeuralService", "NeuralService.xml", "NeuralService.Engine.xml", "appsettings.json"], f => Assert.True(File.Exists(Path.Combine(image.Root, "app", f)), f));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(image.Root, "data")));
    }

    private Container Container()
    {
        Assert.SkipWhen(Sandbox.Hindrance is not null, Sandbox.Hindrance ?? "");
        return new Container(image, data.FullName);
    }

    private static async Task<HttpClient> ClientAsync(ServiceProcess service)
    {
        var http = new HttpClient { BaseAddress = await service.ListeningAsync(), DefaultRequestHeaders = { { "X-Api-Key", Key } } };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
        return http;
    }

    private static async Task<string?> EndOfJobAsync(HttpClient http) =>
        (string?)JsonNode.Parse(await http.GetStringAsync("/api/v1/training-jobs/latest?wait=60"))!["status"];

    private static async Task<byte[]> PredictAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/api/v1/networks/iris/predictions", Service.Json(Flower));
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    private static async Task<HttpStatusCode> StatusAsync(Uri address, string key)
    {
        using var http = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { { "X-Api-Key", key } } };
        return (await http.GetAsync("/api/v1/networks")).StatusCode;
    }

    private static string Status(ServiceProcess service, string name) =>
        File.ReadLines($"/proc/{service.Id}/status").Single(l => l.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    [GeneratedRegex("nsk_\\S+", RegexOptions.CultureInvariant)]
    private static partial Regex PrintedKey();
}
