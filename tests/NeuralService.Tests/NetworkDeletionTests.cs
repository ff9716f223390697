using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Tests;

public sealed class NetworkDeletionTests : IAsyncLifetime
{
    private Service service = null!;

    private NeuralDb Db => service.Services.GetRequiredService<NeuralDb>();

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync();
        (await service.Post("networks", """{ "name": "a", "layers": [ { "activation": "linear" } ] }""")).Is(201);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("paused", 409)]
    [InlineData("succeeded", 204)]
    [InlineData("cancelled", 204)]
    public async Task A_network_with_an_open_job_is_not_deleted(string status, int expected)
    {
        await Db.WriteAsync(
            async context =>
            {
                var network = await context.Networks.SingleAsync();
                context.TrainingJobs.Add(new TrainingJobRow
                {
                    Id = Ids.New(),
                    NetworkId = network.Id,
                    NetworkName = network.Name,
                    Status = status,
                    Request = "{}",
                    Definition = "{}",
                    Tags = "{}",
                    RequestId = "r",
                    Warnings = "[]",
                });
            },
            CancellationToken.None);
        var answer = (await service.Delete("networks/a")).Is(expected);
        if (expected == 409)
            Assert.Contains(status, (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task Versions_weights_and_aliases_go_along()
    {
        await Db.WriteAsync(
            async context =>
            {
                var network = await context.Networks.SingleAsync();
                var version = new VersionRow
                {
                    Id = Ids.New(),
                    NetworkId = network.Id,
                    Number = 1,
                    Definition = "{}",
                    Encoder = "{}",
                    Signature = "{}",
                    Metrics = "{}",
                    TrainingJobId = Ids.New(),
                    Request = "{}",
                    EngineDialect = 1,
                    WeightsSha256 = "",
                    Tags = "{}",
                    RequestId = "r",
                };
                context.Versions.Add(version);
                context.WeightChunks.Add(new WeightChunkRow { VersionId = version.Id, Index = 0, Bytes = [1] });
                context.Aliases.Add(new AliasRow { NetworkId = network.Id, Alias = "production", Number = 1 });
            },
            CancellationToken.None);
        (await service.Delete("networks/a")).Is(204);
        int left = await Db.ReadAsync(async c => await c.Versions.CountAsync() + await c.WeightChunks.CountAsync() + await c.Aliases.CountAsync(), CancellationToken.None);
        Assert.Equal(0, left);
    }
}
