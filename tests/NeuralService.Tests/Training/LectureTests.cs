using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>The lecture's worked examples, as a user would ask for them over HTTP. The ids are those of the lecture's checklist.</summary>
public sealed class LectureTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string TwoPoints = "\"data\": { \"inputs\": [[0.5],[2.5]], \"targets\": [[0.2],[0.9]] }";

    private Service Service => shared.Service;

    // The slide's loss is ½Σ, this service's 1/(2m)Σ with m = 2: twice this loss is the slide's, and a rate of 2 walks the slide's path of rate 1.
    [Fact]
    public async Task S22_S23_two_points_at_the_slides_rate_of_1()
    {
        double[] losses = await TwoPointLossesAsync("s23", rate: 2, epochs: 1000);
        Assert.Equal(0.0731135709, losses[0], 1e-7);
        Assert.Equal(0.0685789795, losses[1], 1e-7);
        Assert.Equal(0.0405615315, losses[10], 1e-6);
        Assert.Equal(0.0012530578, losses[100], 1e-6);
        Assert.Equal(201, Array.FindIndex(losses, l => l < 1e-4));
        var (w, b) = await WeightsAsync("s23");
        Assert.Equal((1.7917411046, -2.2821481407), (w, b), new Within(2e-5));

        var first = (await Service.Get("training-jobs/latest/loss-history")).Json["items"]![1]!;
        Assert.Equal(Math.Sqrt(0.0085279631 * 0.0085279631 + 0.0679039994 * 0.0679039994) / 2, (double)first["gradientNorm"]!, 1e-7);
    }

    [Theory]
    [InlineData(1, 2, 0.5085279631, -0.0679039994)]
    [InlineData(10, 2, 0.7070697646, -0.5299655258)]
    [InlineData(100, 2, 1.5368428266, -1.9062724168)]
    [InlineData(1, 0.2, 0.5008527963, -0.0067903999)]
    public async Task S23_S24_the_weights_after_some_steps(int epochs, double rate, double w, double b)
    {
        string network = $"s24-{epochs}-{(rate < 1 ? "slow" : "fast")}";
        await TwoPointLossesAsync(network, rate, epochs);
        Assert.Equal((w, b), await WeightsAsync(network), new Within(2e-6));
    }

    [Fact]
    public async Task S24_two_points_at_the_slides_rate_of_a_tenth()
    {
        double[] losses = await TwoPointLossesAsync("s24", rate: 0.2, epochs: 2100);
        Assert.Equal(0.0726466619, losses[1], 1e-7);
        Assert.Equal(2027, Array.FindIndex(losses, l => l < 1e-4));
    }

    [Theory]
    [InlineData("and", "[[1,1],[0,0],[0,1],[1,0]]", "[[1],[0],[0],[0]]", 5, -3, 2, 1)]
    [InlineData("or", "[[0,1],[1,0],[1,1],[0,0]]", "[[1],[1],[1],[0]]", 3, -1, 1, 1)]
    public async Task S02_the_perceptron_rule_learns(string gate, string inputs, string targets, int epoch, double bias, double first, double second)
    {
        var job = await PerceptronAsync(gate, inputs, targets);
        Assert.Equal(("converged", epoch), ((string?)job["stoppedBy"], (int?)job["progress"]!["epoch"]));
        Assert.Equal(1, (double?)job["metrics"]!["trainingAccuracy"]);
        Assert.Empty(job["warnings"]!.AsArray());
        Assert.Equal($$"""{"weights":[[{{first}},{{second}}]],"biases":[{{bias}}]}""", (await Service.Get($"networks/{gate}/versions/1/weights")).Json["layers"]![0]!.ToJsonString());
        var predictions = (await Service.Predict(gate, $$"""{ "inputs": {{inputs}} }""")).Is(200).Json["predictions"]!.AsArray();
        Assert.Equal(JsonNode.Parse(targets)!.AsArray().Select(t => $"{t![0]}"), predictions.Select(p => (string?)p!["label"]));
    }

    [Fact]
    public async Task S05_the_perceptron_rule_on_XOR_ends_at_its_limit_with_the_best_weights_so_far_and_says_so()
    {
        var job = await PerceptronAsync("xor-perceptron", "[[0,1],[1,0],[0,0],[1,1]]", "[[1],[1],[0],[0]]");
        Assert.Equal(("succeeded", "epochs", 1000), ((string?)job["status"], (string?)job["stoppedBy"], (int?)job["progress"]!["epoch"]));
        Assert.Contains(job["warnings"]!.AsArray(), w => ((string)w!).Contains("did not converge", StringComparison.Ordinal));
        Assert.Equal(0.75, (double?)job["metrics"]!["trainingAccuracy"]);
        var items = (await Service.Get($"training-jobs/{job["id"]}/loss-history")).Json["items"]!.AsArray();
        Assert.All(items, i => Assert.Equal(0.5, (double?)i!["trainingAccuracy"]));
        Assert.Equal("""{"weights":[[-1,1]],"biases":[-1]}""", (await Service.Get("networks/xor-perceptron/versions/1/weights")).Json["layers"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task S04_a_tolerant_perceptron_stops_when_nine_of_ten_are_right()
    {
        int[] x = [.. Enumerable.Range(-10, 21).Where(v => v != 0)];
        string inputs = $"[{string.Join(",", x.Select(v => $"[{v}]"))}]";
        string targets = $"[{string.Join(",", x.Select(v => v > 0 != v is -3 or 4 ? "[1]" : "[0]"))}]";
        var tolerant = await PerceptronAsync("tolerant", inputs, targets, ", \"stopWhen\": { \"trainingAccuracy\": 0.9 }");
        Assert.Equal(("stopWhen", 1, 0.9), ((string?)tolerant["stoppedBy"], (int?)tolerant["progress"]!["epoch"], (double?)tolerant["metrics"]!["trainingAccuracy"]));
        Assert.Equal("epochs", (string?)(await PerceptronAsync("strict", inputs, targets))["stoppedBy"]);
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("sigmoid")]
    public async Task XOR_with_2_4_2_is_learned_whole_in_under_a_second_of_training(string hidden)
    {
        await Service.Define($"xor-{hidden}", $$"""[ { "units": 4, "activation": "{{hidden}}" }, { "units": 2, "activation": "softmax" } ]""", ", \"inputSize\": 2");
        var job = await Service.Train($$"""
            { "network": "xor-{{hidden}}", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "labels": [0,1,1,0] }, "epochs": 5000, "batchSize": "full",
              "optimizer": { "type": "adam", "learningRate": 0.05 }, "stopWhen": { "trainingLoss": 0.01 }, "seed": 42 }
            """);
        Assert.Equal(("stopWhen", 1.0), ((string?)job["stoppedBy"], (double?)job["metrics"]!["trainingAccuracy"]));
        var last = (await Service.Get($"training-jobs/{job["id"]}/loss-history?points=2")).Json["items"]![1]!;
        Assert.InRange((double)last["seconds"]!, 0, 1);
    }

    private async Task<double[]> TwoPointLossesAsync(string network, double rate, int epochs)
    {
        await Service.Define(network, """[ { "units": 1, "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
        var job = await Service.Train($$"""
            { "network": "{{network}}", {{TwoPoints}}, "epochs": {{epochs}}, "batchSize": "full", "optimizer": { "type": "sgd", "learningRate": {{rate}} },
              "initialWeights": { "layers": [ { "weights": [[0.5]], "biases": [0] } ] } }
            """);
        return Array.ConvertAll(await Service.Losses(job), loss => 2 * loss);
    }

    private async Task<(double W, double B)> WeightsAsync(string network)
    {
        var layer = (await Service.Get($"networks/{network}/versions/latest/weights")).Is(200).Json["layers"]![0]!;
        return ((double)layer["weights"]![0]![0]!, (double)layer["biases"]![0]!);
    }

    private async Task<JsonNode> PerceptronAsync(string network, string inputs, string targets, string more = "")
    {
        await Service.Define(network, """[ { "activation": "step", "initializer": "zeros" } ]""");
        return await Service.Train($$"""
            { "network": "{{network}}", "data": { "inputs": {{inputs}}, "targets": {{targets}} }, "epochs": 1000, "optimizer": { "type": "perceptron" }, "shuffle": false{{more}} }
            """);
    }

    private sealed class Within(double tolerance) : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) => Math.Abs(x.Item1 - y.Item1) <= tolerance && Math.Abs(x.Item2 - y.Item2) <= tolerance;

        public int GetHashCode((double, double) obj) => 0;
    }
}
