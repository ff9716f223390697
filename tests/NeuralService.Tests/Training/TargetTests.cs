using System.Text.Json.Nodes;

namespace NeuralService.Tests.Training;

/// <summary>Every kind of target, from the request to the prediction.</summary>
public sealed class TargetTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Xor = "\"inputs\": [[0,0],[0,1],[1,0],[1,1]]";

    private Service Service => shared.Service;

    [Fact]
    public async Task Xor_with_labels_under_softmax_is_learned_whole()
    {
        await Service.Define("xor", """[ { "units": 8, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var job = await Service.Train($$"""{ "network": "xor", "data": { {{Xor}}, "labels": ["no","yes","yes","no"] }, "epochs": 500, "batchSize": "full", "optimizer": { "type": "adam", "learningRate": 0.05 }, "seed": 3 }""");
        Assert.Equal(1, (double?)job["metrics"]!["trainingAccuracy"]);
        Assert.Equal(0.5, (double?)job["metrics"]!["baseline"]!["trainingAccuracy"]);
        var predictions = (await Service.Predict("xor", $$"""{ {{Xor}} }""")).Is(200).Json["predictions"]!.AsArray();
        Assert.Equal(["no", "yes", "yes", "no"], predictions.Select(p => (string?)p!["label"]));
        Assert.All(predictions, p =>
        {
            var probabilities = p!["probabilities"]!.AsObject();
            Assert.Equal(["no", "yes"], probabilities.Select(c => c.Key));
            Assert.InRange(probabilities.Sum(c => (double)c.Value!), 1 - 1e-6, 1 + 1e-6);
            Assert.Equal((double?)p["probability"], (double?)probabilities[(string)p["label"]!]);
        });
    }

    [Fact]
    public async Task Numbers_given_as_labels_are_the_classes_as_they_are_written_in_the_order_of_numbers()
    {
        await Service.Define("labels", """[ { "activation": "softmax" } ]""");
        await Service.Train("""{ "network": "labels", "data": { "inputs": [[1],[2],[3],[4]], "labels": [10, 9, 1.0, true] }, "epochs": 1 }""");
        Assert.Equal("""["1.0","10","9","true"]""", await Classes("labels"));   // one is no number, so the order is ordinal
        await Service.Train("""{ "network": "labels", "data": { "inputs": [[1],[2],[3]], "labels": [10, 9, 1.0] }, "epochs": 1 }""");
        Assert.Equal("""["1.0","9","10"]""", await Classes("labels"));
    }

    [Fact]
    public async Task One_sigmoid_on_two_classes_is_the_probability_of_the_second()
    {
        await Service.Define("sigmoid", """[ { "units": 1, "activation": "sigmoid" } ]""");
        await Service.Train("""
            { "network": "sigmoid", "data": { "inputs": [[-2],[-1],[1],[2]], "labels": ["low","low","high","high"] }, "epochs": 300, "batchSize": "full", "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }
            """);
        Assert.Equal("""["high","low"]""", await Classes("sigmoid"));
        var layer = (await Service.Get("networks/sigmoid/versions/1/weights")).Json["layers"]![0]!;
        double z = 1.5 * (double)layer["weights"]![0]![0]! + (double)layer["biases"]![0]!;
        var prediction = await Service.PredictOne("sigmoid", """{ "inputs": [[1.5]] }""");
        Assert.Equal("high", (string?)prediction["label"]);
        Assert.Equal(1 / (1 + Math.Exp(-z)), (double)prediction["probabilities"]!["low"]!, 1e-6);
        Assert.Equal(1, (double)prediction["probabilities"]!["low"]! + (double)prediction["probabilities"]!["high"]!, 1e-6);
    }

    [Fact]
    public async Task Inline_zeros_and_ones_under_sigmoid_are_the_classes_0_and_1()
    {
        await Service.Define("bits", """[ { "activation": "sigmoid" } ]""");
        await Service.Train("""{ "network": "bits", "data": { "inputs": [[-1],[1]], "targets": [[0],[1]] }, "epochs": 200, "optimizer": { "type": "sgd", "learningRate": 1 }, "seed": 1 }""");
        Assert.Equal("""["0","1"]""", await Classes("bits"));
        Assert.Equal("1", (string?)(await Service.PredictOne("bits", """{ "inputs": [[2]] }"""))["label"]);
    }

    [Fact]
    public async Task Inline_one_hot_under_softmax_names_the_classes_by_their_place()
    {
        await Service.Define("hot", """[ { "activation": "softmax" } ]""");
        await Service.Train("""
            { "network": "hot", "data": { "inputs": [[1,0,0],[0,1,0],[0,0,1]], "targets": [[1,0,0],[0,1,0],[0,0,1]] }, "epochs": 200, "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }
            """);
        Assert.Equal("""["0","1","2"]""", await Classes("hot"));
        Assert.Equal("2", (string?)(await Service.PredictOne("hot", """{ "inputs": [[0,0,1]] }"""))["label"]);
    }

    [Fact]
    public async Task Several_sigmoids_on_inline_targets_give_any_number_of_labels()
    {
        await Service.Define("multi", """[ { "activation": "sigmoid" } ]""");
        await Service.Train("""
            { "network": "multi", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "targets": [[0,0],[0,1],[1,0],[1,1]] }, "epochs": 300, "batchSize": 4, "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }
            """);
        var both = await Service.PredictOne("multi", """{ "inputs": [[1,1]] }""");
        Assert.Equal("""["y1","y2"]""", both["labels"]!.ToJsonString());
        Assert.Equal(["y1", "y2"], both["probabilities"]!.AsObject().Select(p => p.Key));
        Assert.Equal("[]", (await Service.PredictOne("multi", """{ "inputs": [[0,0]] }"""))["labels"]!.ToJsonString());
        Assert.Null(both["label"]);
    }

    [Fact]
    public async Task Labels_under_several_sigmoids_are_named_each()
    {
        await Service.Define("named", """[ { "activation": "sigmoid" } ]""");
        await Service.Train("""
            { "network": "named", "data": { "inputs": [[1,0,0],[0,1,0],[0,0,1]], "labels": ["a","b","c"] }, "epochs": 200, "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1, "classWeights": "balanced" }
            """);
        Assert.Equal("""["b"]""", (await Service.PredictOne("named", """{ "inputs": [[0,1,0]] }"""))["labels"]!.ToJsonString());
        Assert.Equal(["a", "b", "c"], (await Service.Version("named"))["signature"]!["outputs"]!.AsArray().Select(o => (string?)o!["name"]));
    }

    [Fact]
    public async Task Several_columns_of_a_table_under_sigmoid_are_labels_each()
    {
        (await Service.Upload("labelled", "x,red,round\n-2,0,true\n-1,0,false\n1,1,true\n2,1,false\n")).Is(201);
        await Service.Define("columns", """[ { "activation": "sigmoid" } ]""");
        await Service.Train("""
            { "network": "columns", "data": { "dataset": "labelled", "target": ["red","round"] }, "epochs": 300, "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }
            """);
        var prediction = await Service.PredictOne("columns", """{ "rows": [{ "x": 2, "red": 0 }] }""");
        Assert.Contains("red", prediction["labels"]!.AsArray().Select(l => (string?)l));
        Assert.InRange((double)prediction["probabilities"]!["round"]!, 0.2, 0.8);
        Assert.True((double)prediction["probabilities"]!["red"]! > 0.9);
    }

    [Theory]
    [InlineData("and", "[[0],[0],[0],[1]]", true)]
    [InlineData("or", "[[0],[1],[1],[1]]", true)]
    [InlineData("xor", "[[0],[1],[1],[0]]", false)]
    public async Task A_step_unit_learns_what_a_line_separates_and_says_so_where_none_does(string name, string targets, bool converges)
    {
        await Service.Define($"step-{name}", """[ { "activation": "step" } ]""");
        var job = await Service.Train($$"""{ "network": "step-{{name}}", "data": { {{Xor}}, "targets": {{targets}} }, "epochs": 30, "initialWeights": { "layers": [ { "weights": [[0,0]], "biases": [0] } ] }, "seed": 1 }""");
        Assert.Equal(converges ? "converged" : "epochs", (string?)job["stoppedBy"]);
        Assert.Equal(converges ? 0 : 1, job["warnings"]!.AsArray().Count);
        Assert.Equal(converges ? 1 : 0.75, (double)job["metrics"]!["trainingAccuracy"]!);
        var predictions = (await Service.Predict($"step-{name}", $$"""{ {{Xor}} }""")).Is(200).Json["predictions"]!.AsArray();
        Assert.All(predictions, p => Assert.Equal(["label"], p!.AsObject().Select(f => f.Key)));
        if (converges) Assert.Equal(string.Concat(JsonNode.Parse(targets)!.AsArray().Select(t => $"{t![0]}")), string.Concat(predictions.Select(p => (string?)p!["label"])));
    }

    [Fact]
    public async Task A_regression_answers_in_the_targets_own_unit()
    {
        (await Service.Upload("line", "x,price\n" + string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{i},{1000 + 300 * i}")) + "\n")).Is(201);
        await Service.Define("line", """[ { "activation": "linear" } ]""");
        var job = await Service.Train("""
            { "network": "line", "data": { "dataset": "line", "target": "price" }, "epochs": 300, "batchSize": "full", "optimizer": { "type": "sgd", "learningRate": 0.5 }, "seed": 1 }
            """);
        var prediction = await Service.PredictOne("line", """{ "rows": [{ "x": 30 }] }""");
        Assert.Equal(["value"], prediction.AsObject().Select(f => f.Key));
        Assert.Equal(10_000, (double)prediction["value"]!, 1.0);
        var metrics = job["metrics"]!;
        Assert.True((double)metrics["trainingRmse"]! < 1 && (double)metrics["trainingR2"]! > 0.9999);
        Assert.Null(metrics["trainingAccuracy"]);
        Assert.Equal(300 * Math.Sqrt((20 * 20 - 1) / 12.0), (double)metrics["baseline"]!["trainingRmse"]!, 1e-6);
        Assert.Equal(0, (double)metrics["baseline"]!["trainingR2"]!, 1e-9);
    }

    [Fact]
    public async Task Inline_targets_of_a_regression_are_used_as_they_are()
    {
        await Service.Define("plain", """[ { "activation": "linear" } ]""");
        var job = await Service.Train("""
            { "network": "plain", "data": { "inputs": [[0],[1],[2]], "targets": [[5],[7],[9]] }, "epochs": 400, "batchSize": "full", "optimizer": { "type": "sgd", "learningRate": 0.3 },
              "initialWeights": { "layers": [ { "weights": [[0]], "biases": [0] } ] } }
            """);
        Assert.Equal((25 + 49 + 81) / 6.0, (await Service.Losses(job))[0], 1e-5);   // 1/(2m) Σ y², as all outputs are 0
        Assert.Equal(11, (double)(await Service.PredictOne("plain", """{ "inputs": [[3]] }"""))["value"]!, 0.01);
    }

    [Fact]
    public async Task Three_targets_of_linnerud_are_predicted_at_once()
    {
        (await Service.Upload("linnerud", await File.ReadAllTextAsync(TestData.Path("linnerud.csv"), TestContext.Current.CancellationToken))).Is(201);
        await Service.Define("linnerud", """[ { "units": 8, "activation": "tanh" }, { "activation": "linear" } ]""");
        var job = await Service.Train("""
            { "network": "linnerud", "data": { "dataset": "linnerud", "target": ["Weight","Waist","Pulse"] }, "epochs": 200, "batchSize": 5, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 1 }
            """);
        var values = (await Service.PredictOne("linnerud", """{ "rows": [{ "Chins": 5, "Situps": 162, "Jumps": 60 }] }"""))["values"]!.AsObject();
        Assert.Equal(["Weight", "Waist", "Pulse"], values.Select(v => v.Key));
        Assert.InRange((double)values["Weight"]!, 138, 247);
        Assert.InRange((double)values["Waist"]!, 31, 46);
        Assert.True((double)job["metrics"]!["trainingLoss"]! < (double)job["metrics"]!["baseline"]!["trainingLoss"]!);
    }

    [Fact]
    public async Task A_boolean_target_column_is_two_classes()
    {
        (await Service.Upload("members", "x,member\n-2,FALSE\n-1,FALSE\n1,TRUE\n2,TRUE\n")).Is(201);
        foreach (string output in new[] { "softmax", "sigmoid" })
        {
            await Service.Define($"members-{output}", $$"""[ { "activation": "{{output}}" } ]""");
            await Service.Train($$"""{ "network": "members-{{output}}", "data": { "dataset": "members", "target": "member" }, "epochs": 100, "optimizer": { "type": "sgd", "learningRate": 1 }, "seed": 1 }""");
            string classes = await Classes($"members-{output}");
            var prediction = await Service.PredictOne($"members-{output}", """{ "rows": [{ "x": 1.5 }] }""");
            Assert.Equal((string?)JsonNode.Parse(classes)![1], (string?)prediction["label"]);
            Assert.Equal("TRUE", (string?)prediction["label"], ignoreCase: true);
        }
    }

    [Fact]
    public async Task Numeric_classes_keep_the_tables_own_text_and_the_order_of_numbers()
    {
        (await Service.Upload("grades", "x,grade\n1,1.0\n2,2.0\n3,10.0\n1,1.0\n2,2.0\n3,10.0\n")).Is(201);
        await Service.Define("grades", """[ { "activation": "softmax" } ]""");
        await Service.Train("""{ "network": "grades", "data": { "dataset": "grades", "target": "grade" }, "epochs": 300, "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }""");
        Assert.Equal("""["1.0","2.0","10.0"]""", await Classes("grades"));
        Assert.Equal("10.0", (string?)(await Service.PredictOne("grades", """{ "rows": [{ "x": 3 }] }"""))["label"]);
    }

    [Fact]
    public async Task A_sigmoid_on_a_numeric_column_under_squared_error_is_a_regression_with_a_warning()
    {
        (await Service.Upload("share", "x,share\n1,0.1\n2,0.4\n3,0.9\n")).Is(201);
        await Service.Define("share", """[ { "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
        var job = await Service.Train("""{ "network": "share", "data": { "dataset": "share", "target": "share" }, "epochs": 2 }""");
        Assert.Contains("reaches only a part of that range", (string?)job["warnings"]!.AsArray().Single());
        Assert.NotNull((await Service.PredictOne("share", """{ "rows": [{ "x": 2 }] }"""))["value"]);
    }

    [Fact]
    public async Task A_training_that_diverges_fails_with_what_to_try()
    {
        await Service.Define("wild", """[ { "activation": "linear" } ]""");
        var job = await Service.End(await Service.Submit("""
            { "network": "wild", "data": { "inputs": [[1000],[2000]], "targets": [[1],[2]] }, "epochs": 500, "optimizer": { "type": "sgd", "learningRate": 1000 } }
            """));
        Assert.Equal("failed", (string?)job["status"]);
        Assert.Contains("Try a smaller learning rate", (string?)job["error"]);
        Assert.Null(job["version"]);
        Assert.Null(job["metrics"]);
        (await Service.Predict("wild", """{ "inputs": [[1]] }""")).Is(409);
    }

    private async Task<string> Classes(string network) => (await Service.Version(network))["signature"]!["outputs"]![0]!["classes"]!.ToJsonString();
}
