using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Storage;

namespace NeuralService.Tests;

public sealed class StorageTests
{
    private const string Network = """{ "name": "a", "layers": [ { "activation": "linear" } ] }""";

    [Fact]
    public async Task Every_connection_is_safe_against_a_loss_of_power()
    {
        await using var service = await Service.StartAsync();
        var db = service.Services.GetRequiredService<NeuralDb>();
        Assert.Equal("wal", await Pragma(db, "journal_mode"));
        Assert.Equal("2", await Pragma(db, "synchronous"));
        Assert.Equal("1", await Pragma(db, "foreign_keys"));
        Assert.Equal("5000", await Pragma(db, "busy_timeout"));
    }

    [Fact]
    public async Task A_hundred_writers_at_once_are_all_served()
    {
        await using var service = await Service.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            service.Post("networks", $$"""{ "name": "n{{i}}", "layers": [ { "activation": "linear" } ] }""")));
        Assert.All(answers, a => a.Is(201));
        var db = service.Services.GetRequiredService<NeuralDb>();
        Assert.Equal(100, await db.ReadAsync(c => c.Networks.CountAsync(), CancellationToken.None));
    }

    [Fact]
    public async Task A_name_asked_for_by_many_at_once_is_given_once()
    {
        await using var service = await Service.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.Post("networks", Network)));
        Assert.Single(answers, a => a.Status == 201);
        Assert.All(answers, a => Assert.True(a.Status is 201 or 409, a.Text));
    }

    [Fact]
    public async Task A_write_that_throws_leaves_nothing_and_the_writer_is_free_again()
    {
        await using var service = await Service.StartAsync();
        var db = service.Services.GetRequiredService<NeuralDb>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => db.WriteAsync(
            async context =>
            {
                context.ApiKeys.Add(new ApiKeyRow { Id = "1", Name = "n", Hash = "h" });
                await context.SaveChangesAsync();
                throw new InvalidOperationException();
            },
            CancellationToken.None));
        Assert.Equal(0, await db.ReadAsync(c => c.ApiKeys.CountAsync(), CancellationToken.None));
        (await service.Post("networks", Network)).Is(201);
    }

    [Fact]
    public async Task While_another_writer_holds_the_file_writes_are_503_and_reads_go_on()
    {
        await using var service = await Service.StartAsync();
        await using var other = new SqliteConnection($"Data Source={service.Database};Pooling=False");
        await other.OpenAsync();
        var held = other.BeginTransaction();   // BEGIN IMMEDIATE
        long began = Environment.TickCount64;
        var writes = Enumerable.Range(0, 10).Select(_ => service.Post("networks", Network)).ToList();
        (await service.Get("networks")).Is(200);
        foreach (var write in writes)
            Assert.NotNull((await write).Is(503).Headers.RetryAfter);
        Assert.True(Environment.TickCount64 - began < 40_000, "those who wait are refused together, not one after another");
        await held.DisposeAsync();
        (await service.Post("networks", Network)).Is(201);
    }

    [Fact]
    public async Task A_start_after_a_kill_in_the_middle_of_a_migration_does_not_wait()
    {
        await using var service = await Service.StartAsync();
        (await service.Post("networks", Network)).Is(201);
        await service.StopAsync();
        await using (var connection = new SqliteConnection($"Data Source={service.Database}"))
        {
            await connection.OpenAsync();
            await using var orphan = connection.CreateCommand();
            orphan.CommandText = """INSERT OR REPLACE INTO "__EFMigrationsLock" ("Id", "Timestamp") VALUES (1, '2000-01-01')""";
            await orphan.ExecuteNonQueryAsync();
        }
        await service.StartAgainAsync();
        (await service.Get("networks/a")).Is(200);
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_ends_with_exit_code_3_and_the_first_goes_on()
    {
        await using var service = await Service.StartAsync();
        using var second = ServiceProcess.Start(
            Path.GetTempPath(), "--urls", "http://127.0.0.1:0", $"--Database:ConnectionString=Data Source={service.Database}", "--Database:LockWaitSeconds=1");
        Assert.Equal(3, await second.ExitAsync());
        Assert.Contains("Another process uses the database", second.Output);
        Assert.DoesNotContain("   at ", second.Output);
        (await service.Post("networks", Network)).Is(201);
    }

    [Fact]
    public async Task A_second_process_that_waits_takes_over_when_the_first_ends()
    {
        await using var service = await Service.StartAsync();
        (await service.Post("networks", Network)).Is(201);
        using var second = ServiceProcess.Start(
            Path.GetTempPath(), "--urls", "http://127.0.0.1:0", $"--Database:ConnectionString=Data Source={service.Database}", "--Authentication:Mode=none");
        await service.StopAsync();
        using var http = new HttpClient { BaseAddress = await second.ListeningAsync() };
        Assert.NotNull(await http.GetFromJsonAsync<object>("/api/v1/networks/a"));
    }

    [Fact]
    public async Task A_killed_process_lost_nothing_it_acknowledged()
    {
        var folder = Directory.CreateTempSubdirectory("neural-kill-");
        using (var first = ServiceProcess.Start(folder.FullName, "--urls", "http://127.0.0.1:0", "--Authentication:Mode=none"))
        {
            using var http = new HttpClient { BaseAddress = await first.ListeningAsync() };
            using var answer = await http.PostAsync("/api/v1/networks", Service.Json(Network));
            Assert.Equal(201, (int)answer.StatusCode);
            first.Kill();
            await first.ExitAsync();
        }
        Assert.True(File.Exists(Path.Combine(folder.FullName, "data", "neural.db")), "a relative Data Source counts from the working directory");
        using (var second = ServiceProcess.Start(folder.FullName, "--urls", "http://127.0.0.1:0", "--Authentication:Mode=none"))
        {
            using var http = new HttpClient { BaseAddress = await second.ListeningAsync() };
            Assert.NotNull(await http.GetFromJsonAsync<object>("/api/v1/networks/a"));
            second.Terminate();
            Assert.Equal(0, await second.ExitAsync());
        }
        folder.Delete(recursive: true);
    }

    private static Task<string> Pragma(NeuralDb db, string name) => db.ReadAsync(
        async context =>
        {
            await context.Database.OpenConnectionAsync();
            await using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"PRAGMA {name}";
            return Convert.ToString(await command.ExecuteScalarAsync())!;
        },
        CancellationToken.None);
}
