using Microsoft.Data.Sqlite;

namespace NeuralService.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task A_service_that_works_is_live_and_ready()
    {
        await using var service = await Service.StartAsync();
        Assert.Equal("live", (string?)(await service.Get("/health/live")).Is(200).Json["status"]);
        var ready = (await service.Get("/health/ready")).Is(200).Json;
        Assert.Equal("ready", (string?)ready["status"]);
        Assert.Equal("ok", (string?)ready["checks"]!["database"]!["status"]);
    }

    [Fact]
    public async Task A_service_whose_database_is_gone_is_live_but_not_ready()
    {
        await using var service = await Service.StartAsync();
        await using (var connection = new SqliteConnection($"Data Source={service.Database}"))
        {
            await connection.OpenAsync();
            await using var drop = connection.CreateCommand();
            drop.CommandText = "ALTER TABLE networks RENAME TO elsewhere";
            await drop.ExecuteNonQueryAsync();
        }
        (await service.Get("/health/live")).Is(200);
        var refused = (await service.Get("/health/ready")).Is(503);
        Assert.Equal("failed", (string?)refused.Json["checks"]!["database"]!["status"]);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_limits_are_told()
    {
        await using var service = await Service.StartAsync("Limits:Parameters=1000");
        var limits = (await service.Get("limits")).Is(200).Json;
        Assert.Equal(1000, (long?)limits["parameters"]);
        Assert.Equal(4L << 30, (long?)limits["uploadBytes"]);
        Assert.Equal(32L << 20, (long?)limits["jsonBodyBytes"]);
        Assert.Equal(10_000, (int?)limits["predictionRows"]);
        (await service.Post("networks", """{ "name": "a", "inputSize": 1000, "layers": [ { "units": 1, "activation": "linear" } ] }""")).Is(422);
    }

    [Fact]
    public async Task The_executable_asks_a_running_service_whether_it_is_ready()
    {
        await using var service = await Service.StartAsync();
        using (var probe = ServiceProcess.Start(Path.GetTempPath(), "--health", service.Address.ToString()))
            Assert.Equal(0, await probe.ExitAsync());
        await service.StopAsync();
        using (var probe = ServiceProcess.Start(Path.GetTempPath(), "--health", service.Address.ToString()))
            Assert.Equal(1, await probe.ExitAsync());
    }

    [Fact]
    public async Task The_front_page_leads_to_the_api_description()
    {
        await using var service = await Service.StartAsync();
        var page = (await service.Get("/")).Is(200);
        Assert.Contains("swagger-ui", page.Text);
        Assert.DoesNotContain("https://", page.Text);
    }
}
