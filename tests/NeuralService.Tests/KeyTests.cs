namespace NeuralService.Tests;

public sealed class KeyTests
{
    private const string Bootstrap = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("X-Api-Key", Bootstrap)]
    [InlineData("Authorization", "Bearer " + Bootstrap)]
    [InlineData("Authorization", "bearer " + Bootstrap)]
    public async Task The_bootstrap_key_opens_the_api(string header, string value)
    {
        await using var service = await Service.StartAsync("Authentication:Mode=apiKeys", $"Authentication:BootstrapKey={Bootstrap}");
        (await service.Send(HttpMethod.Get, "networks", null, (header, value))).Is(200);
    }

    [Fact]
    public async Task Without_a_key_or_with_another_every_path_is_closed_but_a_few()
    {
        await using var service = await Service.StartAsync("Authentication:Mode=apiKeys", $"Authentication:BootstrapKey={Bootstrap}");
        foreach (string path in new[] { "networks", "networks/a", "limits", "/anything", "/healthy", "/v2", "/swaggerish" })
        {
            var refused = (await service.Get(path)).Is(401);
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
            (await service.Send(HttpMethod.Get, path, null, ("X-Api-Key", Bootstrap + "0"))).Is(401);
        }
        (await service.Post("networks", "{")).Is(401);   // the body of a stranger is not even read
        (await service.Get("/health/live")).Is(200);
        (await service.Get("/health/ready")).Is(200);
        (await service.Get("/swagger/v1/swagger.json")).Is(200);
        (await service.Get("/v2/health/live")).Is(404);
    }

    [Fact]
    public async Task Without_a_set_key_the_first_start_makes_one_prints_it_once_and_keeps_its_hash_alone()
    {
        var folder = Directory.CreateTempSubdirectory("neural-keys-");
        string key;
        using (var first = ServiceProcess.Start(folder.FullName, "--urls", "http://127.0.0.1:0"))
        {
            var address = await first.ListeningAsync();
            key = first.Output.Split('\n').Single(l => l.Contains("nsk_", StringComparison.Ordinal)).Split(' ')[^1].Trim();
            Assert.Matches("^nsk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$", key);
            Assert.Equal(200, await StatusAsync(address, key));
            Assert.Equal(401, await StatusAsync(address, key[..^1]));
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }
        using (var second = ServiceProcess.Start(folder.FullName, "--urls", "http://127.0.0.1:0"))
        {
            var address = await second.ListeningAsync();
            Assert.DoesNotContain("nsk_", second.Output);
            Assert.Equal(200, await StatusAsync(address, key));
        }
        string file = Path.Combine(folder.FullName, "data", "neural.db");
        Assert.DoesNotContain(key[40..], await File.ReadAllTextAsync(file, System.Text.Encoding.Latin1));
        folder.Delete(recursive: true);
    }

    private static async Task<int> StatusAsync(Uri address, string key)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("X-Api-Key", key);
        using var answer = await http.GetAsync(new Uri(address, "/api/v1/networks"));
        return (int)answer.StatusCode;
    }
}
