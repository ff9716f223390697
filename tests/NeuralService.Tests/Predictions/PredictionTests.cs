using System.Text.Json.Nodes;

namespace NeuralService.Tests.Predictions;

public sealed class PredictionTests(PredictionTests.Flowers flowers) : IClassFixture<PredictionTests.Flowers>
{
    private static readonly string[] Names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

    private Service Service => flowers.Service;

    [Fact]
    public async Task A_row_is_answered_with_the_same_bytes_alone_in_a_batch_by_name_and_by_place()
    {
        string[][] rows = [.. (await File.ReadAllLinesAsync(TestData.Path("iris.csv"), TestContext.Current.CancellationToken)).Skip(1).Select(l => l.Split(',')[..4])];
        string[] byPlace = Answers(await Service.Predict("iris", $$"""{ "inputs": [{{string.Join(',', rows.Select(r => $"[{string.Join(',', r)}]"))}}] }"""));
        string[] byName = Answers(await Service.Predict("iris", $$"""{ "rows": [{{string.Join(',', rows.Select(r => Named(r, [2, 0, 3, 1])))}}] }"""));
        Assert.Equal(byPlace, byName);
        for (int i = 0; i < rows.Length; i += 7)
        {
            Assert.Equal(byPlace[i], Answers(await Service.Predict("iris", $$"""{ "rows": [{{Named(rows[i], [0, 1, 2, 3])}}] }""")).Single());
            Assert.Equal(byPlace[i], Answers(await Service.Predict("iris", $$"""{ "rows": [{{Named(rows[i], [3, 2, 1, 0])}}] }""")).Single());
        }

        static string Named(string[] row, int[] order) => $"{{ {string.Join(", ", order.Select(k => $"\"{Names[k]}\": {row[k]}"))} }}";

        static string[] Answers(Answer answer) => [.. answer.Is(200).Json["predictions"]!.AsArray().Select(p => p!.ToJsonString())];
    }

    [Fact]
    public async Task The_likeliest_classes_alone_are_told_in_class_order()
    {
        const string row = """{ "inputs": [[6.3, 2.8, 5.1, 1.5]] }""";
        var all = await Service.PredictOne("iris", row);
        var two = await Service.PredictOne("iris", row, "?top=2");
        Assert.Equal(["versicolor", "virginica"], two["probabilities"]!.AsObject().Select(p => p.Key));
        Assert.Equal(all["probabilities"]!["virginica"]!.ToJsonString(), two["probabilities"]!["virginica"]!.ToJsonString());
        Assert.Equal((string?)all["label"], (string?)(await Service.PredictOne("iris", row, "?top=1"))["probabilities"]!.AsObject().Single().Key);
        Assert.Equal(all.ToJsonString(), (await Service.PredictOne("iris", row, "?top=99")).ToJsonString());
    }

    [Fact]
    public async Task Columns_of_the_table_that_are_not_used_are_passed_over_others_only_when_asked()
    {
        const string row = """{ "rows": [{ "sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2, "species": "who knows"MORE }] }""";
        string plain = (await Service.Predict("iris", row.Replace("MORE", ""))).Is(200).Text;
        (await Service.Predict("iris", row.Replace("MORE", ", \"garden\": { \"of\": [1] }"))).Is(422);
        Assert.Equal(plain, (await Service.Predict("iris", row.Replace("MORE", ", \"garden\": { \"of\": [1] }"), "?extra=ignore")).Is(200).Text);
    }

    [Fact]
    public async Task A_missing_value_is_the_mean_of_the_training_rows()
    {
        // Three features at their means are 0 when standardised; a null is the same.
        double[] means = [.. Names.Select(n => (double)flowers.Upload["columns"]!.AsArray().Single(c => (string?)c!["name"] == n)!["mean"]!)];
        var filled = await Service.PredictOne("iris", $$"""{ "inputs": [[5.1, {{means[1]:R}}, {{means[2]:R}}, {{means[3]:R}}]] }""");
        var missing = await Service.PredictOne("iris", """{ "inputs": [[5.1, null, null, null]] }""");
        foreach (string species in new[] { "setosa", "versicolor", "virginica" })
            Assert.Equal((double)filled["probabilities"]![species]!, (double)missing["probabilities"]![species]!, 1e-6);
    }

    [Fact]
    public async Task A_byte_order_mark_and_gzip_are_no_obstacle()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
            await gzip.WriteAsync("\uFEFF{ \"inputs\": [[5.1, 3.5, 1.4, 0.2]] }"u8.ToArray(), TestContext.Current.CancellationToken);
        var body = new ByteArrayContent(packed.ToArray());
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        body.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");
        Assert.Equal("setosa", (string?)(await Service.Send(HttpMethod.Post, "networks/iris/predictions", body)).Is(200).Json["predictions"]![0]!["label"]);
    }

    public sealed class Flowers : SharedService
    {
        public JsonNode Upload { get; private set; } = null!;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Upload = (await Service.Upload("iris", await File.ReadAllTextAsync(TestData.Path("iris.csv")))).Is(201).Json;
            await Service.Define("iris", """[ { "units": 16, "activation": "relu" }, { "activation": "softmax" } ]""");
            await Service.Train("""{ "network": "iris", "data": { "dataset": "iris", "target": "species" }, "epochs": 40, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 1 }""");
        }
    }
}
