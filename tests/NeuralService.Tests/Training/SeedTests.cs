namespace NeuralService.Tests.Training;

/// <summary>The same request with the same seed makes the same version, to the bit (design law 3).</summary>
public sealed class SeedTests
{
    [Fact]
    public async Task The_same_seed_gives_the_same_weights_also_beside_another_job_and_after_a_restart()
    {
        await using var service = await Service.StartAsync("Training:MaxConcurrentJobs=2");
        (await service.Upload("iris", await File.ReadAllTextAsync(TestData.Path("iris.csv"), TestContext.Current.CancellationToken))).Is(201);
        await service.Define("iris", """[ { "units": 16, "activation": "relu", "dropout": 0.2 }, { "activation": "softmax" } ]""");
        string alone = await Hash(await service.Train(Job(11)));
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => service.Submit(Job(i == 3 ? 12 : 11))));
        var hashes = new List<string>();
        foreach (var job in together) hashes.Add(await Hash(await service.End(job)));
        Assert.Equal([alone, alone, alone], hashes[..3]);
        Assert.NotEqual(alone, hashes[3]);

        await service.StopAsync();
        await service.StartAgainAsync();
        var again = await service.Train(Job(11));
        Assert.Equal(alone, await Hash(again));

        // Equal bits prove nothing of weights that are NaN, or that never moved.
        double[] losses = await service.Losses(again);
        Assert.True(losses[^1] < losses[0] / 2);
        var layers = (await service.Get($"networks/iris/versions/{again["version"]}/weights")).Is(200).Json["layers"]!.AsArray();
        Assert.All(layers.SelectMany(l => l!["weights"]!.AsArray()).SelectMany(r => r!.AsArray()), w => Assert.True(float.IsFinite((float)w!)));

        async Task<string> Hash(System.Text.Json.Nodes.JsonNode job) => (string)(await service.Version("iris", $"{job["version"]}"))["weightsSha256"]!;

        static string Job(long seed) => $$"""
            { "network": "iris", "data": { "dataset": "iris", "target": "species" }, "validation": { "fraction": 0.2, "stratify": true }, "epochs": 40, "batchSize": 16,
              "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": {{seed}} }
            """;
    }
}
