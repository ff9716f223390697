using System.Text;
using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>A job whose rows do not fit the memory for data reads them from the database, and ends with the same bits.</summary>
public class LargeTableTests
{
    private const string Softmax = """[{ "units": 8, "activation": "relu", "dropout": 0.1 }, { "activation": "softmax" }]""";
    private const string Linear = """[{ "units": 6, "activation": "tanh" }, { "activation": "linear" }]""";

    [Theory]
    [InlineData(Softmax, """ "target": "class", "features": ["a", "b", "c", "d", "kind"] """, """, "validation": { "fraction": 0.2, "stratify": true }, "test": { "fraction": 0.1 }, "classWeights": "balanced", "batchSize": 500""")]
    [InlineData(Softmax, """ "target": "class", "features": ["a", "b", "c", "d", "kind"] """, """, "validation": { "dataset": "other" }, "batchSize": 70000""")]
    [InlineData(Linear, """ "target": ["sum", "difference"], "features": ["a", "b", "kind"] """, """, "validation": { "splitColumn": "part" }, "batchSize": "full", "exactHistory": true""")]
    public async Task The_same_job_has_the_same_bits_whether_its_rows_fit_in_memory_or_not(string layers, string data, string more)
    {
        JsonNode[] ends = [await TrainAsync(layers, data, more), await TrainAsync(layers, data, more, "Training:DataBytes=1")];

        Assert.Equal(ends[0].ToJsonString(), ends[1].ToJsonString());
    }

    [Fact]
    public async Task The_perceptron_rule_wants_its_rows_in_memory()
    {
        await using var service = await Service.StartAsync("Training:DataBytes=1000");
        await service.Define("p", """[{ "units": 1, "activation": "step" }]""", """, "loss": "perceptron" """);
        (await service.Upload("few", "x,y\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i},{i % 2}\n")))).Is(201);

        var job = await service.End(await service.Submit("""{ "network": "p", "data": { "dataset": "few", "target": "y" } }"""));

        Assert.Equal("failed", (string?)job["status"]);
        Assert.Equal("The perceptron rule needs all encoded rows in memory: 1,600 bytes, of which Training:DataBytes leaves a job 1,000. Another optimizer reads them from the database.", (string?)job["error"]);
    }

    private static async Task<JsonNode> TrainAsync(string layers, string data, string more, params string[] settings)
    {
        await using var service = await Service.StartAsync(settings);
        (await service.Upload("large", Table(100_000, seed: 1, "red", "green", "blue"))).Is(201);
        (await service.Upload("other", Table(40_000, seed: 2, "red", "violet"))).Is(201);
        await service.Define("net", layers);

        var job = await service.Train($$"""{ "network": "net", "seed": 3, "epochs": 3, "data": { "dataset": "large", {{data}} }{{more}} }""");

        double[] losses = await service.Losses(job);
        Assert.True(losses[^1] < losses[0], $"{losses[0]} → {losses[^1]}");
        var version = await service.Version("net");
        return new JsonObject
        {
            ["weights"] = version["weightsSha256"]!.DeepClone(),
            ["metrics"] = version["metrics"]!.DeepClone(),
            ["warnings"] = job["warnings"]!.DeepClone(),
            ["losses"] = new JsonArray([.. losses.Select(l => (JsonNode)l)]),
        };
    }

    private static string Table(int rows, int seed, params string[] kinds)
    {
        var random = new Random(seed);
        var csv = new StringBuilder("a,b,c,d,kind,class,sum,difference,part\n");
        for (int i = 0; i < rows; i++)
        {
            double a = Math.Round(random.NextDouble(), 6), b = random.NextDouble() * 100;
            string kind = random.Next(20) == 0 ? "" : kinds[random.Next(kinds.Length)];
            string c = random.Next(10) == 0 ? "" : random.Next(-5, 300).ToString();
            csv.Append($"{a},{b},{c},{random.Next(3)},{kind},{(a > 0.6 ? "high" : b > 50 ? "left" : "right")},{a + b},{a - b},{(i % 10 == 3 ? "validation" : i % 10 == 7 ? "test" : "train")}\n");
        }

        return csv.ToString();
    }
}
