using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>Every way to train, once through HTTP.</summary>
public sealed class OptionTests(OptionTests.Iris iris) : IClassFixture<OptionTests.Iris>
{
    private const string Data = "\"data\": { \"dataset\": \"iris\", \"target\": \"species\" }";

    private Service Service => iris.Service;

    [Theory]
    [InlineData("""{ "type": "sgd", "learningRate": 0.1 }""")]
    [InlineData("""{ "type": "sgd", "learningRate": 0.02, "momentum": 0.9 }""")]
    [InlineData("""{ "type": "sgd", "learningRate": 0.02, "momentum": 0.9, "nesterov": true, "weightDecay": 0.0001 }""")]
    [InlineData("""{ "type": "rmsProp" }""")]
    [InlineData("""{ "type": "rmsProp", "alpha": 0.9, "momentum": 0.5, "centered": true, "epsilon": 1e-6, "weightDecay": 0.001 }""")]
    [InlineData("""{ "type": "adam", "learningRate": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7, "weightDecay": 0.001 }""")]
    [InlineData("""{ "type": "adamW", "learningRate": 0.01 }""")]
    public async Task Every_optimizer_learns(string optimizer)
    {
        var job = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 30, "batchSize": 16, "optimizer": {{optimizer}}, "seed": 1 }""");
        Assert.True((double)job["metrics"]!["trainingAccuracy"]! > 0.9, job["metrics"]!.ToJsonString());
        double[] losses = await Service.Losses(job);
        Assert.Equal(31, losses.Length);
        Assert.True(losses[^1] < losses[0] / 2);
    }

    [Theory]
    [InlineData("""{ "type": "constant", "warmupEpochs": 4 }""", new[] { 0.016, 0.032, 0.048, 0.064, 0.08 })]
    [InlineData("""{ "type": "step", "everyEpochs": 2, "factor": 0.5 }""", new[] { 0.08, 0.08, 0.04, 0.04, 0.02 })]
    [InlineData("""{ "type": "exponential", "factor": 0.5 }""", new[] { 0.08, 0.04, 0.02, 0.01, 0.005 })]
    [InlineData("""{ "type": "reduceOnPlateau", "factor": 0.5, "patience": 1, "minDelta": 1000 }""", new[] { 0.08, 0.08, 0.04, 0.02, 0.01 })]
    public async Task Every_schedule_gives_its_rates(string schedule, double[] rates)
    {
        var job = await Service.Train($$"""
            { "network": "iris", {{Data}}, "epochs": 5, "optimizer": { "type": "sgd", "learningRate": 0.08 }, "learningRateSchedule": {{schedule}}, "seed": 1 }
            """);
        Assert.All((await Rates(job)).Zip(rates), r => Assert.Equal(r.Second, r.First, 1e-6));
    }

    [Fact]
    public async Task A_cosine_falls_to_its_minimum()
    {
        var job = await Service.Train($$"""
            { "network": "iris", {{Data}}, "epochs": 6, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "learningRateSchedule": { "type": "cosine", "minimum": 0.01 }, "seed": 1 }
            """);
        double[] rates = await Rates(job);
        Assert.Equal(rates.OrderDescending(), rates);
        Assert.Equal(0.1, rates[0], 0.02);
        Assert.InRange(rates[^1], 0.01, 0.03);
    }

    [Theory]
    [InlineData("""{ "trainingLoss": 0.8 }""")]
    [InlineData("""{ "trainingAccuracy": 0.8 }""")]
    [InlineData("""{ "validationLoss": 0.8 }""")]
    [InlineData("""{ "validationAccuracy": 0.8 }""")]
    [InlineData("""{ "seconds": 0.0001 }""")]
    public async Task A_training_stops_when_a_figure_is_reached(string when)
    {
        var job = await Service.Train($$"""
            { "network": "iris", {{Data}}, "validation": { "fraction": 0.2, "stratify": true }, "epochs": 1000, "optimizer": { "type": "adam", "learningRate": 0.01 }, "stopWhen": {{when}}, "seed": 1 }
            """);
        Assert.Equal("stopWhen", (string?)job["stoppedBy"]);
        Assert.InRange((int)job["progress"]!["epoch"]!, 1, 200);
        var (figure, bound) = (JsonNode.Parse(when)!.AsObject().Single().Key, (double)JsonNode.Parse(when)!.AsObject().Single().Value!);
        if (figure.EndsWith("Loss", StringComparison.Ordinal)) Assert.True((double)job["metrics"]![figure]! <= bound);
        if (figure.EndsWith("Accuracy", StringComparison.Ordinal)) Assert.True((double)job["metrics"]![figure]! >= bound);
    }

    [Theory]
    [InlineData("validationLoss")]
    [InlineData("validationAccuracy")]
    [InlineData("trainingLoss")]
    public async Task Early_stopping_keeps_the_best_weights(string monitor)
    {
        var job = await Service.Train($$"""
            { "network": "iris", {{Data}}, "validation": { "fraction": 0.3 }, "epochs": 500, "batchSize": 8, "optimizer": { "type": "sgd", "learningRate": 1.5 },
              "earlyStopping": { "monitor": "{{monitor}}", "patience": 5 }, "seed": 2 }
            """);
        Assert.Equal("earlyStopping", (string?)job["stoppedBy"]);
        var items = (await Service.Get($"training-jobs/{job["id"]}/loss-history")).Is(200).Json["items"]!.AsArray().Skip(1).Select(i => (double)i![monitor]!).ToArray();
        double best = monitor.EndsWith("Accuracy", StringComparison.Ordinal) ? items.Max() : items.Min();
        Assert.Equal(best, (double)job["metrics"]![monitor]!, 1e-6);
        Assert.Equal(items.Length, (int)job["progress"]!["epoch"]!);
    }

    [Fact]
    public async Task A_full_batch_is_one_step_an_epoch()
    {
        var job = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 3, "batchSize": "full", "shuffle": false, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "seed": 1 }""");
        var other = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 3, "batchSize": 150, "shuffle": false, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "seed": 1 }""");
        Assert.Equal(await Service.Losses(other), await Service.Losses(job));
        Assert.Equal("full", (string?)job["request"]!["batchSize"]);
    }

    [Fact]
    public async Task A_seed_that_was_drawn_is_told_and_repeats_the_training()
    {
        var drawn = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 3 }""");
        long seed = (long)drawn["seed"]!;
        Assert.InRange(seed, 0, (1L << 53) - 1);
        Assert.Equal(seed, (long?)drawn["request"]!["seed"]);
        var again = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 3, "seed": {{seed}} }""");
        Assert.Equal(await Hash(drawn), await Hash(again));
        Assert.NotEqual(seed, (long?)(await Service.Submit($$"""{ "network": "iris", {{Data}}, "epochs": 1 }"""))["seed"]);
    }

    [Fact]
    public async Task The_request_that_is_told_trains_the_same_again()
    {
        var job = await Service.Train($$"""
            { "network": "iris", {{Data}}, "validation": { "fraction": 0.2, "stratify": true }, "epochs": 3, "classWeights": { "setosa": 2 }, "earlyStopping": { "patience": 2 },
              "learningRateSchedule": { "type": "cosine" }, "regularization": { "l2": 0.001 }, "tags": { "a": "b" } }
            """);
        var again = await Service.Train(job["request"]!.ToJsonString());
        Assert.Equal(await Hash(job), await Hash(again));
        Assert.Equal(job["request"]!.ToJsonString(), again["request"]!.ToJsonString());
    }

    [Fact]
    public async Task A_warm_start_goes_on_where_a_version_ended()
    {
        var first = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 20, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 1 }""");
        var second = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 5, "initialWeights": { "version": {{first["version"]}} }, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 2 }""");
        double[] before = await Service.Losses(first), after = await Service.Losses(second);
        Assert.Equal(before[^1], after[0], 1e-9);
        Assert.True(after[^1] < after[0]);
    }

    [Fact]
    public async Task Explicit_weights_are_where_a_training_starts()
    {
        await Service.Define("explicit", """[ { "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
        var job = await Service.Train("""
            { "network": "explicit", "data": { "inputs": [[0.5],[2.5]], "targets": [[0.2],[0.9]] }, "epochs": 10, "batchSize": "full", "shuffle": false, "optimizer": { "type": "sgd", "learningRate": 2 },
              "initialWeights": { "layers": [ { "weights": [[0.5]], "biases": [0] } ] } }
            """);
        double[] losses = await Service.Losses(job);
        // The slide's losses are over ½ Σ, those of the service over 1/(2m) Σ: half of them for two points.
        Assert.Equal([0.0731135709, 0.0685789795], losses[..2].Select(l => Math.Round(2 * l, 7)), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(0.0405615315, 2 * losses[10], 1e-6);
    }

    [Fact]
    public async Task Penalties_and_limits_change_the_training_and_their_loss_is_told_apart()
    {
        var plain = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 20, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "seed": 1 }""");
        var held = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 20, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "regularization": { "l1": 0.01, "l2": 0.1 }, "seed": 1 }""");
        var clipped = await Service.Train($$"""{ "network": "iris", {{Data}}, "epochs": 20, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "regularization": { "maxGradientNorm": 0.01 }, "seed": 1 }""");
        Assert.Equal(0, (double)plain["metrics"]!["regularizationLoss"]!);
        Assert.True((double)held["metrics"]!["regularizationLoss"]! > 0.01);
        Assert.True((double)held["metrics"]!["trainingLoss"]! > (double)plain["metrics"]!["trainingLoss"]!);
        Assert.True((await Service.Losses(clipped))[^1] > (await Service.Losses(plain))[^1] + 0.1);
    }

    [Fact]
    public async Task A_jobs_own_layers_stand_for_the_networks_and_leave_them_alone()
    {
        var job = await Service.Train($$"""{ "network": "iris", {{Data}}, "layers": [ { "units": 5, "activation": "relu", "dropout": 0.1 }, { "units": 4, "activation": "leakyRelu" }, { "activation": "softmax" } ], "epochs": 2, "seed": 1 }""");
        var version = await Service.Version("iris", $"{job["version"]}");
        Assert.Equal([5, 4, 3], version["definition"]!["layers"]!.AsArray().Select(l => (int)l!["units"]!));
        Assert.Equal(2, (await Service.Get("networks/iris")).Json["layers"]!.AsArray().Count);
    }

    [Fact]
    public async Task Jobs_are_found_by_network_state_and_tag()
    {
        await Service.Define("found", """[ { "activation": "softmax" } ]""");
        var job = await Service.Train($$"""{ "network": "found", {{Data}}, "epochs": 1, "tags": { "course": "one", "team": "a" } }""");
        await Service.Train($$"""{ "network": "found", {{Data}}, "epochs": 1, "tags": { "course": "two" } }""");
        Assert.Equal(2, await Count("network=found"));
        Assert.Equal(1, await Count("network=found&tag=course:one"));
        Assert.Equal(1, await Count("tag=course:one&tag=team:a"));
        Assert.Equal(0, await Count("tag=course:one&tag=team:b"));
        Assert.Equal(0, await Count("network=found&status=failed"));
        Assert.Equal((string?)job["id"], (string?)(await Service.Get("training-jobs?tag=course:one")).Json["items"]![0]!["id"]);
        var page = (await Service.Get("training-jobs?network=found&limit=1")).Is(200).Json;
        var next = (await Service.Get($"training-jobs?network=found&limit=1&cursor={page["nextCursor"]}")).Is(200).Json;
        Assert.True(string.CompareOrdinal((string?)page["items"]![0]!["id"], (string?)next["items"]![0]!["id"]) > 0);

        async Task<int> Count(string query) => (await Service.Get($"training-jobs?{query}")).Is(200).Json["items"]!.AsArray().Count;
    }

    private async Task<double[]> Rates(JsonNode job) =>
        [.. (await Service.Get($"training-jobs/{job["id"]}/loss-history")).Is(200).Json["items"]!.AsArray().Skip(1).Select(i => (double)i!["learningRate"]!)];

    private async Task<string?> Hash(JsonNode job) => (string?)(await Service.Version((string)job["network"]!, $"{job["version"]}"))["weightsSha256"];

    public sealed class Iris : SharedService
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            (await Service.Upload("iris", await File.ReadAllTextAsync(TestData.Path("iris.csv")))).Is(201);
            await Service.Define("iris", """[ { "units": 8, "activation": "tanh" }, { "activation": "softmax" } ]""");
        }
    }
}
