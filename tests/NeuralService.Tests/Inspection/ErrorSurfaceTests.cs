using System.Text.Json.Nodes;

namespace NeuralService.Tests.Inspection;

/// <summary>The loss over a grid of two parameters: the lecture's numbers, tables, refusals.</summary>
public sealed class ErrorSurfaceTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Points = "\"data\": { \"inputs\": [[0.5],[2.5]], \"targets\": [[0.2],[0.9]] }";
    private const string OneNeuron = "\"layers\": [ { \"weights\": [[0.5]], \"biases\": [0] } ]";

    private Service Service => shared.Service;

    // The slide's loss is ½Σ, this one is 1/(2m)Σ with m = 2.
    [Theory]
    [InlineData(0.5, 0, 0.0731135709)]         // S14
    [InlineData(-0.1, 0, 0.1481324325)]        // S16
    [InlineData(0.94, -0.94, 0.0216720755)]    // S17
    [InlineData(1.42, -1.73, 0.0028917966)]    // S18
    [InlineData(1.65, -2.08, 0.0003443775)]    // S19
    [InlineData(1.78, -2.27, 0.0000017273)]
    public async Task S14_S16_S17_S18_S19_the_slides_table(double w, double b, double loss)
    {
        await DefineOnceAsync("slide");
        var surface = await SurfaceAsync("slide", $$"""
            { {{Points}}, {{OneNeuron}}, "axes": [ { "layer": 0, "weight": [0,0], "from": {{w}}, "to": {{w + 1}}, "steps": 2 }, { "layer": 0, "bias": 0, "from": {{b}}, "to": {{b - 1}}, "steps": 3 } ] }
            """);
        Assert.Equal(loss, 2 * (double)surface["losses"]![0]![0]!, 1e-9);
        Assert.Equal((2, 3), (surface["losses"]!.AsArray().Count, surface["losses"]![1]!.AsArray().Count));
        Assert.Equal(2, (int?)surface["rows"]);
    }

    [Fact]
    public async Task S25_a_grid_is_evenly_spaced_and_lowest_at_the_minimum()
    {
        await DefineOnceAsync("grid");
        var surface = await SurfaceAsync("grid", $$"""
            { {{Points}}, {{OneNeuron}}, "axes": [ { "layer": 0, "weight": [0,0], "from": -1, "to": 3 }, { "layer": 0, "bias": 0, "from": -4, "to": 2, "steps": 61 } ] }
            """);
        double[][] axes = [.. surface["axes"]!.AsArray().Select(a => a!["values"]!.AsArray().Select(v => (double)v!).ToArray())];
        Assert.Equal((41, 61), (axes[0].Length, axes[1].Length));
        Assert.Equal([-1, -0.9, -0.8], axes[0][..3]);
        Assert.Equal((3, -4, 2), (axes[0][^1], axes[1][0], axes[1][^1]));
        var lowest = (from i in Enumerable.Range(0, 41) from j in Enumerable.Range(0, 61) orderby (double)surface["losses"]![i]![j]! select (axes[0][i], axes[1][j])).First();
        Assert.Equal((1.8, -2.3), (lowest.Item1, Math.Round(lowest.Item2, 9)));                       // S21: (1.7918, −2.2822)
        Assert.Equal("""[0,0]""", surface["axes"]![0]!["weight"]!.ToJsonString());
    }

    [Fact]
    public async Task A_version_measures_its_table_as_its_training_did()
    {
        await Service.Upload("kinds", "size,colour,kind\n1,red,a\n2,,b\n3,red,c\n4,blue,a\n,green,b\n6,red,c\n7,blue,a\n");
        await Service.Define("kinds", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var job = await Service.Train("""{ "network": "kinds", "data": { "dataset": "kinds", "target": "kind" }, "epochs": 30, "seed": 1 }""");
        await AgreesAsync("kinds", "kinds", "kind", (double)job["metrics"]!["trainingLoss"]!);
    }

    [Fact]
    public async Task A_regression_measures_its_table_as_its_training_did()
    {
        await Service.Upload("prices", "size,town,price\n1,a,100\n2,b,220\n3,a,290\n4,b,410\n");
        await Service.Define("prices", """[ { "units": 3, "activation": "tanh" }, { "activation": "linear" } ]""");
        var job = await Service.Train("""{ "network": "prices", "data": { "dataset": "prices", "target": "price" }, "epochs": 30, "seed": 1 }""");
        await AgreesAsync("prices", "prices", "price", (double)job["metrics"]!["trainingLoss"]!);
    }

    [Fact]
    public async Task A_loss_beyond_double_is_null()
    {
        await Service.Define("linear", $$"""[ {{string.Join(", ", Enumerable.Repeat("{ \"units\": 1, \"activation\": \"linear\" }", 6))}} ]""");
        string layers = string.Join(", ", Enumerable.Repeat("{ \"weights\": [[1e38]], \"biases\": [0] }", 6));
        var surface = await SurfaceAsync("linear", $$"""
            { "data": { "inputs": [[1e38]], "targets": [[0]] }, "layers": [{{layers}}],
              "axes": [ { "layer": 0, "weight": [0,0], "from": 0, "to": 1, "steps": 2 }, { "layer": 5, "bias": 0, "from": 1, "to": 2, "steps": 2 } ] }
            """);
        Assert.Equal("[[0.5,2],[null,null]]", surface["losses"]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"axes\": [ A ]", "axes", "1 element given")]
    [InlineData("\"axes\": [ A, A ]", "axes[1]", "the same parameter")]
    [InlineData("\"axes\": [ A, { \"layer\": 1, \"bias\": 0, \"from\": 0, \"to\": 1 } ]", "axes[1].layer", "There is no layer 1; the only one is 0.")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"bias\": 1, \"from\": 0, \"to\": 1 } ]", "axes[1].bias", "There is no unit 1")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"bias\": -1, \"from\": 0, \"to\": 1 } ]", "axes[1].bias", "There is no unit -1")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"weight\": [0,1], \"from\": 0, \"to\": 1 } ]", "axes[1].weight[1]", "There is no input 1")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"weight\": [0], \"from\": 0, \"to\": 1 } ]", "axes[1].weight", "1 element given")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"from\": 0, \"to\": 1 } ]", "axes[1]", "Give either weight")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"weight\": [0,0], \"bias\": 0, \"from\": 0, \"to\": 1 } ]", "axes[1]", "Give either weight")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"bias\": 0, \"from\": 1, \"to\": 1 } ]", "axes[1].to", "two different values")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"bias\": 0, \"from\": 0, \"to\": 1, \"steps\": 502 } ]", "axes[1].steps", "502 was given")]
    [InlineData("\"axes\": [ A, { \"layer\": 0, \"bias\": 0, \"from\": 0, \"to\": 1, \"steps\": 1 } ]", "axes[1].steps", "1 was given")]
    public async Task An_axis_that_is_none_is_refused_at_its_place(string axes, string path, string sentence)
    {
        await DefineOnceAsync("axes");
        string a = """{ "layer": 0, "weight": [0,0], "from": 0, "to": 1 }""";
        var refused = (await Service.Post("networks/axes/error-surface", $$"""{ {{Points}}, {{OneNeuron}}, {{axes.Replace("A", a)}} }""")).Is(422);
        Assert.Contains(sentence, refused.Error(path));
    }

    [Theory]
    [InlineData("\"inputs\": [[1],[2]]", "data", "targets (rows of numbers) or labels")]
    [InlineData("\"inputs\": [[1],[2]], \"targets\": [[1],[2]], \"labels\": [\"0\",\"1\"]", "data", "targets (rows of numbers) or labels")]
    [InlineData("\"inputs\": [[1],[2]], \"targets\": [[1]]", "data.targets", "1 were given for 2 rows")]
    [InlineData("\"inputs\": [[1],[2,3]], \"targets\": [[1],[2]]", "data.inputs[1]", "The row has 2 values")]
    [InlineData("\"inputs\": [[1,2],[2,3]], \"targets\": [[1],[2]]", "data.inputs[0]", "The row has 2 values; 1 is expected")]
    [InlineData("\"inputs\": [[1],[2]], \"labels\": [\"0\",\"1\"]", "data.labels[0]", "The outputs are numbers")]
    [InlineData("\"inputs\": [], \"targets\": []", "data.inputs", "At least one row")]
    [InlineData("\"inputs\": [[1]], \"targets\": [[1]], \"target\": \"y\"", "data.target", "belongs to a stored table")]
    [InlineData("\"dataset\": \"nowhere\", \"target\": \"y\"", "data.dataset", "There is no dataset")]
    [InlineData("\"dataset\": \"nowhere\"", "data.target", "A table needs target")]
    [InlineData("\"dataset\": \"a\", \"inputs\": [[1]]", "data", "Give either dataset")]
    public async Task Data_that_does_not_fit_is_refused_at_its_place(string data, string path, string sentence)
    {
        await DefineOnceAsync("fit");
        const string Axes = "\"axes\": [ { \"layer\": 0, \"weight\": [0,0], \"from\": 0, \"to\": 1 }, { \"layer\": 0, \"bias\": 0, \"from\": 0, \"to\": 1 } ]";
        var refused = (await Service.Post("networks/fit/error-surface", $$"""{ "data": { {{data}} }, {{OneNeuron}}, {{Axes}} }""")).Is(422);
        Assert.Contains(sentence, refused.Error(path));
    }

    [Fact]
    public async Task A_table_that_the_version_cannot_read_is_refused()
    {
        await Service.Upload("old", "size,colour,kind\n1,red,a\n2,blue,b\n3,red,a\n");
        await Service.Upload("new", "size,colour,kind\n1,red,a\n2,blue,c\n3,red,a\n");
        await Service.Upload("other", "colour,kind\nred,a\nblue,b\n");
        await Service.Define("reader", """[ { "activation": "softmax" } ]""");
        await Service.Train("""{ "network": "reader", "data": { "dataset": "old", "target": "kind" }, "epochs": 1 }""");
        const string Axes = "\"axes\": [ { \"layer\": 0, \"bias\": 1, \"from\": 0, \"to\": 1 }, { \"layer\": 0, \"bias\": 0, \"from\": 0, \"to\": 1 } ]";
        Assert.Contains("\"c\", which is no class", (await Refused($$"""{ "data": { "dataset": "new", "target": "kind" }, {{Axes}} }""")).Error("data.target"));
        Assert.Contains("has no column \"size\"", (await Refused($$"""{ "data": { "dataset": "other", "target": "kind" }, {{Axes}} }""")).Error("data.dataset"));
        Assert.Contains("2 target columns were given", (await Refused($$"""{ "data": { "dataset": "old", "target": ["kind","colour"] }, {{Axes}} }""")).Error("data.target"));
        Assert.Contains("brings its own encoding", (await Refused($$"""{ "data": { "dataset": "old", "target": "kind", "features": ["size"] }, {{Axes}} }""")).Error("data.features"));
        Assert.Contains("given in the query as well", (await Service.Post("networks/reader/error-surface?version=1", $$"""{ "data": { "dataset": "old", "target": "kind" }, "version": 1, {{Axes}} }""")).Is(422).Error("version"));

        Task<Answer> Refused(string body) => RefusedAsync("reader", body);
    }

    [Fact]
    public async Task Without_a_version_and_without_layers_it_is_409_and_a_picture_is_not_offered_yet()
    {
        await DefineOnceAsync("bare");
        const string Axes = "\"axes\": [ { \"layer\": 0, \"weight\": [0,0], \"from\": 0, \"to\": 1 }, { \"layer\": 0, \"bias\": 0, \"from\": 0, \"to\": 1 } ]";
        (await Service.Post("networks/bare/error-surface", $$"""{ {{Points}}, {{Axes}} }""")).Is(409);
        (await Service.Post("networks/bare/error-surface", $$"""{ {{Points}}, {{Axes}}, "version": 3 }""")).Is(404);
        (await Service.Post("networks/nobody/error-surface", $$"""{ {{Points}}, {{Axes}} }""")).Is(404);
        (await Service.Send(HttpMethod.Post, "networks/bare/error-surface", Service.Json($$"""{ {{Points}}, {{OneNeuron}}, {{Axes}} }"""), ("Accept", "image/svg+xml"))).Is(406);
    }

    [Fact]
    public async Task Too_much_work_for_one_answer_is_refused()
    {
        await DefineOnceAsync("work");
        string rows = string.Join(",", Enumerable.Repeat("[1]", 1000));
        var refused = (await Service.Post("networks/work/error-surface", $$"""
            { "data": { "inputs": [{{rows}}], "targets": [{{rows}}] }, {{OneNeuron}},
              "axes": [ { "layer": 0, "weight": [0,0], "from": 0, "to": 1, "steps": 501 }, { "layer": 0, "bias": 0, "from": 0, "to": 1, "steps": 501 } ] }
            """)).Is(422);
        Assert.Contains("1,000 rows at 251,001 points", (string?)refused.Json["detail"]);
    }

    /// <summary>At the version's own biases the surface is the training loss: by its version, and by its weights given as layers with an encoding fitted anew.</summary>
    private async Task AgreesAsync(string network, string dataset, string target, double loss)
    {
        var layers = (await Service.Get($"networks/{network}/versions/1/weights")).Is(200).Json["layers"]!;
        double first = (double)layers[0]!["biases"]![0]!, second = (double)layers[1]!["weights"]![0]![1]!;
        string axes = $$"""
            "axes": [ { "layer": 0, "bias": 0, "from": {{first:R}}, "to": {{first + 1:R}}, "steps": 2 }, { "layer": 1, "weight": [0,1], "from": {{second:R}}, "to": {{second + 1:R}}, "steps": 2 } ]
            """;
        string data = $$"""{ "data": { "dataset": "{{dataset}}", "target": "{{target}}" }, {{axes}}, """;
        foreach (string source in new[] { "\"version\": 1", "\"version\": \"latest\"", $"\"layers\": {layers.ToJsonString()}" })
        {
            var surface = await SurfaceAsync(network, data + source + " }");
            Assert.Equal(loss, (double)surface["losses"]![0]![0]!, 1e-6);
            Assert.NotEqual(loss, (double)surface["losses"]![1]![0]!, 1e-4);
        }
    }

    private async Task DefineOnceAsync(string network)
    {
        if ((await Service.Get($"networks/{network}")).Status == 404) await Service.Define(network, """[ { "units": 1, "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
    }

    private async Task<JsonNode> SurfaceAsync(string network, string body) => (await Service.Post($"networks/{network}/error-surface", body)).Is(200).Json;

    private async Task<Answer> RefusedAsync(string network, string body) => (await Service.Post($"networks/{network}/error-surface", body)).Is(422);
}
