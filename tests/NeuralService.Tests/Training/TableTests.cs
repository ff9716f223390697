using System.Globalization;
using System.Text;

namespace NeuralService.Tests.Training;

/// <summary>Tables as they are met: missing cells, ids, categories, parts in columns and in other tables, classes that are rare.</summary>
public sealed class TableTests(SharedService shared) : IClassFixture<SharedService>
{
    private Service Service => shared.Service;

    [Theory]
    [InlineData("standardize", "mean")]
    [InlineData("standardize", "median")]
    [InlineData("minMax", "mostFrequent")]
    [InlineData("none", "mean")]
    [InlineData("oneHot", "mostFrequent")]
    [InlineData("oneHot", "mean")]
    public async Task A_numeric_column_is_encoded_and_imputed_as_asked_for(string encode, string impute)
    {
        string name = $"number-{encode}-{impute}".ToLowerInvariant();
        (await Service.Upload(name, "v,kind\n2,a\n4,a\n4,b\n,b\n10,b\n")).Is(201);
        await Service.Define(name, """[ { "activation": "softmax" } ]""");
        await Service.Train($$"""
            { "network": "{{name}}", "data": { "dataset": "{{name}}", "target": "kind", "preprocessing": { "v": { "encode": "{{encode}}", "impute": "{{impute}}" } } }, "epochs": 5, "seed": 1 }
            """);
        var version = await Service.Version(name);
        Assert.Equal(encode == "oneHot" ? 3 : 1, (int?)version["definition"]!["inputSize"]);
        // 2, 4, 4, 10: mean 5, median 4, most frequent 4; the mean as a category is the nearest level, 4.
        double fill = impute == "mean" && encode != "oneHot" ? 5 : 4;
        Assert.Equal(await Answer($"{fill}"), await Answer("null"));
        Assert.NotEqual(await Answer("2"), await Answer("null"));
        if (encode == "none") await IsUsedAsItIs(name);

        async Task<string> Answer(string v) => (await Service.Predict(name, $$"""{ "rows": [{ "v": {{v}} }] }""")).Is(200).Text;
    }

    [Fact]
    public async Task A_category_is_imputed_by_the_most_frequent_and_a_boolean_taken_in_every_form()
    {
        (await Service.Upload("form", "colour,member,kind\nred,true,a\nred,false,b\nblue,true,a\n,,b\nred,false,b\n")).Is(201);
        await Service.Define("form", """[ { "activation": "softmax" } ]""");
        await Service.Train("""{ "network": "form", "data": { "dataset": "form", "target": "kind" }, "epochs": 20, "seed": 1 }""");
        string red = await Answer("\"red\"", "true");
        Assert.Equal(red, await Answer("null", "true"));
        Assert.Equal(red, await Answer("\"red\"", "\"TRUE\""));
        Assert.Equal(red, await Answer("\"red\"", "1"));
        Assert.NotEqual(red, await Answer("\"blue\"", "true"));
        Assert.Equal(await Answer("\"red\"", "null"), await Answer("\"red\"", "false"));   // as many of both: the first in order
        Assert.NotEqual(await Answer("\"pink\"", "true", "?unknown=ignore"), red);

        async Task<string> Answer(string colour, string member, string query = "") =>
            (await Service.Predict("form", $$"""{ "rows": [{ "colour": {{colour}}, "member": {{member}} }] }""", query)).Is(200).Text;
    }

    [Fact]
    public async Task A_boolean_is_one_hot_where_that_is_asked_for()
    {
        (await Service.Upload("hot", "member,kind\ntrue,a\nfalse,b\ntrue,a\n,b\n")).Is(201);
        await Service.Define("hot", """[ { "activation": "softmax" } ]""", ", \"inputSize\": 2");
        await Service.Train("""{ "network": "hot", "data": { "dataset": "hot", "target": "kind", "preprocessing": { "*": { "encode": "oneHot" } } }, "epochs": 5 }""");
        Assert.NotEqual((await Service.Predict("hot", """{ "inputs": [[true]] }""")).Is(200).Text, (await Service.Predict("hot", """{ "inputs": [[false]] }""")).Is(200).Text);
    }

    [Fact]
    public async Task What_looks_like_an_id_is_left_out_with_a_warning_unless_it_is_named()
    {
        (await Service.Upload("people", Rows("name,age,kind", 30, i => $"person {i},{i},{(i < 15 ? "young" : "old")}"))).Is(201);
        await Service.Define("people", """[ { "activation": "softmax" } ]""");
        var job = await Service.Train("""{ "network": "people", "data": { "dataset": "people", "target": "kind" }, "epochs": 2 }""");
        Assert.Contains("\"name\" is left out", (string?)job["warnings"]!.AsArray().Single());
        Assert.Equal(1, (int?)(await Service.Version("people"))["definition"]!["inputSize"]);
        // A caller may send the whole row of the table all the same.
        (await Service.Predict("people", """{ "rows": [{ "name": "someone else", "age": 3, "kind": "young" }] }""")).Is(200);
        (await Service.Predict("people", """{ "rows": [{ "age": 3, "shoe": 44 }] }""")).Is(422);
        (await Service.Predict("people", """{ "rows": [{ "age": 3, "shoe": 44 }] }""", "?extra=ignore")).Is(200);

        job = await Service.Train("""{ "network": "people", "data": { "dataset": "people", "target": "kind", "features": ["name"] }, "epochs": 2 }""");
        Assert.Empty(job["warnings"]!.AsArray());
        var version = await Service.Version("people");
        Assert.Equal(30, (int?)version["definition"]!["inputSize"]);
        Assert.Equal("categorical", (string?)version["signature"]!["inputs"]![0]!["type"]);
        Assert.Equal(30, version["signature"]!["inputs"]![0]!["categories"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_column_of_the_table_says_which_part_each_row_belongs_to()
    {
        (await Service.Upload("parts", Rows("x,part,y", 20, i => $"{i},{(i < 12 ? "train" : i < 16 ? "validation" : "test")},{(i < 12 ? 3 * i : 1000)}"))).Is(201);
        await Service.Define("parts", """[ { "activation": "linear" } ]""");
        var job = await Service.Train("""
            { "network": "parts", "data": { "dataset": "parts", "target": "y" }, "validation": { "splitColumn": "part" }, "epochs": 300, "batchSize": "full", "optimizer": { "type": "sgd", "learningRate": 0.5 }, "seed": 1 }
            """);
        // Only the rows of train are on the line, and only they were learned from.
        Assert.Equal(60, (double)(await Service.PredictOne("parts", """{ "rows": [{ "x": 20 }] }"""))["value"]!, 0.1);
        Assert.True((double)job["metrics"]!["validationRmse"]! > 900 && (double)job["metrics"]!["testRmse"]! > 900);
        Assert.Equal(["x"], (await Service.Version("parts"))["signature"]!["inputs"]!.AsArray().Select(i => (string?)i!["name"]));
    }

    [Fact]
    public async Task Other_tables_validate_and_test_and_what_is_new_in_them_is_counted()
    {
        (await Service.Upload("month-1", "colour,kind\nred,a\nblue,b\nred,a\nblue,b\n")).Is(201);
        (await Service.Upload("month-2", "kind,colour\na,red\nb,green\nb,blue\nb,pink\n")).Is(201);
        await Service.Define("months", """[ { "activation": "softmax" } ]""");
        var job = await Service.Train("""
            { "network": "months", "data": { "dataset": "month-1", "target": "kind" }, "validation": { "dataset": "month-2" }, "test": { "dataset": "month-2" }, "epochs": 100,
              "optimizer": { "type": "adam", "learningRate": 0.1 }, "seed": 1 }
            """);
        Assert.Equal(["2 values of the validation rows", "2 values of the test rows"], job["warnings"]!.AsArray().Select(w => ((string)w!)[..((string)w!).IndexOf(" are", StringComparison.Ordinal)]));
        Assert.Equal(1, (double)job["metrics"]!["trainingAccuracy"]!);
        Assert.Equal((double?)job["metrics"]!["validationLoss"], (double?)job["metrics"]!["testLoss"]);
        Assert.Equal(2, (await Service.Version("months"))["signature"]!["inputs"]![0]!["categories"]!.AsArray().Count);
    }

    [Fact]
    public async Task Stratified_parts_keep_the_shares_of_the_classes()
    {
        (await Service.Upload("shares", Rows("x,kind", 50, i => $"{i},{(i % 5 == 0 ? "rare" : "common")}"))).Is(201);
        await Service.Define("shares", """[ { "activation": "softmax" } ]""");
        var job = await Service.Train("""
            { "network": "shares", "data": { "dataset": "shares", "target": "kind" }, "validation": { "fraction": 0.2, "stratify": true }, "test": { "fraction": 0.2, "stratify": true }, "epochs": 1, "seed": 9 }
            """);
        foreach (string part in new[] { "training", "validation", "test" }) Assert.Equal(0.8, (double)job["metrics"]!["baseline"]![$"{part}Accuracy"]!, 1e-9);
    }

    [Fact]
    public async Task Balanced_class_weights_raise_the_recall_of_the_rare_class()
    {
        // Two clouds that overlap; one in ten rows is rare.
        (await Service.Upload("rare", Rows("x,kind", 400, i => $"{(i % 10 == 0 ? 1.0 : -0.2) + Math.Sin(i * 12.9898) * 1.5:R},{(i % 10 == 0 ? "rare" : "common")}"))).Is(201);
        await Service.Define("rare", """[ { "activation": "softmax" } ]""");
        var recalls = new List<double>();
        foreach (string weights in new[] { "\"none\"", "\"balanced\"", "{ \"rare\": 9 }" })
        {
            await Service.Train($$"""
                { "network": "rare", "data": { "dataset": "rare", "target": "kind" }, "epochs": 60, "classWeights": {{weights}}, "optimizer": { "type": "adam", "learningRate": 0.05 }, "seed": 1 }
                """);
            string rows = string.Join(',', Enumerable.Range(0, 40).Select(i => $"[{1.0 + Math.Sin(i * 10 * 12.9898) * 1.5:R}]"));
            var predictions = (await Service.Predict("rare", $$"""{ "inputs": [{{rows}}] }""")).Is(200).Json["predictions"]!.AsArray();
            recalls.Add(predictions.Count(p => (string?)p!["label"] == "rare") / 40.0);
        }

        Assert.True(recalls[1] > recalls[0] + 0.3 && recalls[2] > recalls[0] + 0.3, string.Join(' ', recalls));
    }

    [Fact]
    public async Task A_job_keeps_the_table_as_it_was_at_submit_and_a_table_under_an_open_job_is_not_deleted()
    {
        (await Service.Upload("kept", "x,y\n1,1\n2,2\n3,3\n")).Is(201);
        await Service.Define("kept", """[ { "activation": "linear" } ]""");
        var first = await Service.Submit("""{ "network": "kept", "data": { "dataset": "kept", "target": "y" }, "epochs": 10000000 }""");
        await Service.Running(first);
        var second = await Service.Submit("""{ "network": "kept", "data": { "dataset": "kept", "target": "y" }, "epochs": 300, "batchSize": "full", "optimizer": { "type": "sgd", "learningRate": 0.5 }, "seed": 1 }""");
        Assert.Contains((string)first["id"]!, (string?)(await Service.Delete("datasets/kept")).Is(409).Json["detail"]);
        (await Service.Delete("networks/kept")).Is(409);
        (await Service.Replace("kept", "x,y\n1,100\n2,200\n3,300\n")).Is(200);
        (await Service.Put("networks/kept", """{ "layers": [ { "units": 5, "activation": "tanh" }, { "activation": "linear" } ] }""")).Is(200);
        (await Service.Post($"training-jobs/{first["id"]}/cancel", "")).Is(202);
        await Service.End(second);
        Assert.Equal(4, (double)(await Service.PredictOne("kept", """{ "rows": [{ "x": 4 }] }"""))["value"]!, 0.01);
        Assert.Single((await Service.Version("kept"))["definition"]!["layers"]!.AsArray());
        (await Service.Delete("datasets/kept")).Is(204);
    }

    [Fact]
    public async Task Explicit_weights_that_do_not_fit_the_split_fail_the_job_with_their_shape()
    {
        (await Service.Upload("shape", Rows("colour,kind", 10, i => $"{(i % 2 == 0 ? "red" : "blue")},{(i < 5 ? "a" : "b")}"))).Is(201);
        await Service.Define("shape", """[ { "activation": "softmax" } ]""");
        var job = await Service.End(await Service.Submit("""
            { "network": "shape", "data": { "dataset": "shape", "target": "kind" }, "test": { "fraction": 0.2 }, "seed": 1,
              "initialWeights": { "layers": [ { "weights": [[1,2,3],[4,5,6]], "biases": [0,0] } ] } }
            """));
        Assert.Equal(("failed", "initialWeights.layers[0] must have 2 rows of 2 weights, and 2 biases."), ((string?)job["status"], (string?)job["error"]));
    }

    [Fact]
    public async Task A_column_without_any_value_in_the_training_rows_is_no_obstacle()
    {
        (await Service.Upload("empty", "a,b,part,y\n1,,train,1\n2,,train,2\n3,,train,3\n4,z,test,4\n", "&types=b:categorical")).Is(201);
        await Service.Define("empty", """[ { "activation": "linear" } ]""");
        var job = await Service.Train("""{ "network": "empty", "data": { "dataset": "empty", "target": "y" }, "validation": { "splitColumn": "part" }, "epochs": 2 }""");
        Assert.NotNull(job["metrics"]!["testRmse"]);
        (await Service.Predict("empty", """{ "rows": [{ "a": 1, "b": null }] }""")).Is(200);
    }

    /// <summary>Rows of a table by their number.</summary>
    internal static string Rows(string header, int count, Func<int, FormattableString> row)
    {
        var csv = new StringBuilder(header).Append('\n');
        for (int i = 0; i < count; i++) csv.Append(row(i).ToString(CultureInfo.InvariantCulture)).Append('\n');
        return csv.ToString();
    }

    private async Task IsUsedAsItIs(string network)
    {
        var layer = (await Service.Get($"networks/{network}/versions/1/weights")).Is(200).Json["layers"]![0]!;
        double z0 = 7 * Weight(0) + Bias(0), z1 = 7 * Weight(1) + Bias(1);
        var prediction = await Service.PredictOne(network, """{ "rows": [{ "v": 7 }] }""");
        Assert.Equal(1 / (1 + Math.Exp(z1 - z0)), (double)prediction["probabilities"]!["a"]!, 1e-5);

        double Weight(int unit) => (double)layer["weights"]![unit]![0]!;
        double Bias(int unit) => (double)layer["biases"]![unit]!;
    }
}
