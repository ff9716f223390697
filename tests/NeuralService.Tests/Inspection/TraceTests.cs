using System.Text.Json.Nodes;

namespace NeuralService.Tests.Inspection;

/// <summary>The trace of one sample: the lecture's numbers, a version's rows, refusals.</summary>
public sealed class TraceTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Small = """{ "weights": [[0.1,-0.2],[0.4,0.3],[-0.5,0.6]], "biases": [0.01,-0.02,0.03] }, { "weights": [[0.7,-0.8,0.9],[-0.3,0.2,0.1]], "biases": [0.05,-0.05] }""";

    private Service Service => shared.Service;

    // A network of 2-3-2 (tanh, softmax, cross-entropy), x = (0.5, −1.5), class 1; the values are those of an automatic differentiation in double.
    [Fact]
    public async Task A_small_network_forward_and_backward()
    {
        await Service.Define("small", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var trace = await TraceAsync("small", $$"""{ "input": [0.5,-1.5], "label": "1", "layers": [{{Small}}], "gradientCheck": true, "learningRate": 0.1 }""");
        Assert.Null(trace["version"]);
        Assert.Equal(0.725031692521424, (double)trace["loss"]!, 1e-12);
        Near([0.515690780268, 0.484309219732], trace["output"]);
        Near([0.36, -0.27, -1.12], trace["layers"]![0]!["z"]);
        Near([0.345214034136, -0.263624835472, -0.807568916579], trace["layers"]![0]!["a"]);
        Near([-0.224262332648, -0.287046068993], trace["layers"]![1]!["z"]);
        Near([0.515690780268, -0.515690780268], trace["layers"]![1]!["delta"]);
        Near([0.454234502476, -0.479851274637, 0.143499187962], trace["layers"]![0]!["delta"]);
        Near([0.1780236946, -0.1359488971, -0.4164558447], trace["layers"]![1]!["weightGradients"]![0]);
        Near([-0.1780236946, 0.1359488971, 0.4164558447], trace["layers"]![1]!["weightGradients"]![1]);
        Near([0.2271172512, -0.6813517537], trace["layers"]![0]!["weightGradients"]![0]);
        Near([0.07174959398, -0.2152487819], trace["layers"]![0]!["weightGradients"]![2]);
        Near([0.454234502476, -0.479851274637, 0.143499187962], trace["layers"]![0]!["biasGradients"]);
        Near([0.1 - 0.02271172512, -0.2 + 0.06813517537], trace["layers"]![0]!["updatedWeights"]![0]);
        Near([0.05 - 0.0515690780268, -0.05 + 0.0515690780268], trace["layers"]![1]!["updatedBiases"]);
        Assert.InRange((double)trace["gradientCheck"]!["maxRelativeDifference"]!, 0, 1e-6);
        Assert.Equal(2, trace["gradientCheck"]!["layers"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_was_not_asked_for_is_not_answered()
    {
        await Service.Define("plain", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var trace = await TraceAsync("plain", $$"""{ "input": [0.5,-1.5], "target": [0.25,0.75], "layers": [{{Small}}] }""");
        Assert.False(trace.AsObject().ContainsKey("gradientCheck"));
        Assert.Equal(["z", "a", "delta", "weightGradients", "biasGradients"], trace["layers"]![0]!.AsObject().Select(f => f.Key));
    }

    // One hidden and one output unit, both sigmoid; a = 0.37 and ŷ = 0.25 by their biases, y = 1, rate 0.01.
    [Theory]
    [InlineData(0.37, -2.0979, -125.874)]                                   // S46 to S49
    [InlineData(0.6224593312018546, -2.1150334098, -126.9020045889)]        // S50: a = σ(½) as the slide prints z
    public async Task S46_S47_S48_S49_S50_the_slides_backpropagation(double a, double delta, double gradient)
    {
        if ((await Service.Get("networks/slide")).Status == 404) await Service.Define("slide", """[ { "units": 1, "activation": "sigmoid" }, { "units": 1, "activation": "sigmoid" } ]""");
        double hiddenBias = Logit(a) - 0.1 * 60, outputBias = Logit(0.25) - 12 * a;
        var trace = await TraceAsync("slide", $$"""
            { "input": [60], "target": [1], "learningRate": 0.01, "gradientCheck": true,
              "layers": [ { "weights": [[0.1]], "biases": [{{hiddenBias:R}}] }, { "weights": [[12]], "biases": [{{outputBias:R}}] } ] }
            """);
        var (hidden, output) = (trace["layers"]![0]!, trace["layers"]![1]!);
        Near([0.25], trace["output"]);
        Near([-0.75], output["delta"]);                                     // S46: dL/dŷ = −4, times ŷ(1 − ŷ)
        Near([-0.75 * a], output["weightGradients"]![0]);                   // S47: −0.2775
        Near([12 + 0.01 * 0.75 * a], output["updatedWeights"]![0]);         // 12.002775
        Near([delta], hidden["delta"]);
        Near([gradient], hidden["weightGradients"]![0], 1e-7);              // S48
        Near([0.1 - 0.01 * gradient], hidden["updatedWeights"]![0], 1e-9);  // S49: 1.35874
    }

    [Theory]
    [InlineData("0", 10.0000453989)]
    [InlineData("1", 4.5398899e-05)]
    [InlineData("2", 50.0000453989)]
    public async Task S40_softmax_and_the_cross_entropy_of_each_class(string label, double loss)
    {
        if ((await Service.Get("networks/logits")).Status == 404) await Service.Define("logits", """[ { "activation": "softmax" } ]""");
        var trace = await TraceAsync("logits", $$"""{ "input": [1], "label": "{{label}}", "layers": [ { "weights": [[10],[20],[-30]], "biases": [0,0,0] } ] }""");
        Near([4.5397868702e-05, 0.9999546021313, 1.9286622868e-22], trace["output"]);
        Assert.Equal(loss, (double)trace["loss"]!, 1e-9);
    }

    [Theory]
    [InlineData(1e-3, -0.000998001, -0.999)]
    [InlineData(1e-6, -9.99998e-7, -0.999999)]
    public async Task S36_squared_error_saturates_where_cross_entropy_does_not(double y, double squared, double cross)
    {
        if ((await Service.Get("networks/squared")).Status == 404)
        {
            await Service.Define("squared", """[ { "units": 1, "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
            await Service.Define("cross", """[ { "units": 1, "activation": "sigmoid" } ]""");
        }

        string body = $$"""{ "input": [1], "target": [1], "layers": [ { "weights": [[{{Logit(y):R}}]], "biases": [0] } ] }""";
        Near([squared], (await TraceAsync("squared", body))["layers"]![0]!["delta"], 1e-12);
        Near([cross], (await TraceAsync("cross", body))["layers"]![0]!["delta"], 1e-12);
    }

    [Fact]
    public async Task S22_the_gradients_of_the_two_points()
    {
        await Service.Define("points", """[ { "units": 1, "activation": "sigmoid" } ]""", ", \"loss\": \"squaredError\"");
        foreach (var (x, y, dw, db) in new[] { (0.5, 0.2, 0.0445719904, 0.0891439808), (2.5, 0.9, -0.0530999535, -0.0212399814) })
        {
            var layer = (await TraceAsync("points", $$"""{ "input": [{{x}}], "target": [{{y}}], "layers": [ { "weights": [[0.5]], "biases": [0] } ] }"""))["layers"]![0]!;
            Near([dw], layer["weightGradients"]![0]);
            Near([db], layer["biasGradients"]);
        }
    }

    [Fact]
    public async Task A_version_traces_raw_rows_by_its_own_encoding()
    {
        await Service.Upload("fruits", "weight,colour,ripe,kind\n150,red,true,apple\n160,green,false,apple\n120,yellow,true,lemon\n,yellow,false,lemon\n155,red,true,apple\n118,yellow,true,lemon\n");
        await Service.Define("fruits", """[ { "units": 4, "activation": "tanh" }, { "activation": "softmax" } ]""");
        await Service.Train("""{ "network": "fruits", "data": { "dataset": "fruits", "target": "kind" }, "epochs": 20, "seed": 1 }""");
        const string Row = """{ "weight": null, "colour": "red", "ripe": true }""";
        var trace = await TraceAsync("fruits", $$"""{ "row": {{Row}}, "label": "lemon", "gradientCheck": true }""");
        Assert.Equal(1, (int?)trace["version"]);
        Assert.Equal([0.0, 1.0], Numbers(trace["target"]));
        Assert.InRange((double)trace["gradientCheck"]!["maxRelativeDifference"]!, 0, 1e-6);
        var predicted = (await Service.PredictOne("fruits", $$"""{ "rows": [ {{Row}} ] }"""))["probabilities"]!.AsObject();
        Near([.. predicted.Select(p => (double)p.Value!)], trace["output"], 1e-6);
        var again = await TraceAsync("fruits", $$"""{ "input": {{trace["input"]!.ToJsonString()}}, "target": [0, 1] }""", "?version=1");
        Assert.Equal(trace["loss"]!.ToJsonString(), again["loss"]!.ToJsonString());
    }

    [Fact]
    public async Task A_regression_takes_the_target_of_a_raw_row_in_its_own_unit()
    {
        await Service.Upload("prices", "size,price\n1,100\n2,200\n3,290\n4,410\n");
        await Service.Define("prices", """[ { "activation": "linear" } ]""");
        await Service.Train("""{ "network": "prices", "data": { "dataset": "prices", "target": "price" }, "epochs": 50, "optimizer": { "type": "sgd", "learningRate": 0.1 }, "seed": 1 }""");
        double value = (double)(await Service.PredictOne("prices", """{ "rows": [ { "size": 2 } ] }"""))["value"]!;
        var trace = await TraceAsync("prices", $$"""{ "row": { "size": 2 }, "target": [{{value:R}}] }""");
        Assert.Equal(0, (double)trace["loss"]!, 1e-10);
        (await Service.Post("networks/prices/trace", """{ "row": { "size": 2 }, "label": "200" }""")).Is(422).Error("label");
    }

    [Fact]
    public async Task Without_a_version_and_without_layers_it_is_409_and_without_a_network_404()
    {
        await Service.Define("untrained", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        (await Service.Post("networks/untrained/trace", """{ "input": [1,2], "label": "0" }""")).Is(409);
        (await Service.Post("networks/nobody/trace", """{ "input": [1,2], "label": "0" }""")).Is(404);
        (await Service.Post("networks/nobody/trace", $$"""{ "input": [0.5,-1.5], "label": "1", "layers": [{{Small}}] }""")).Is(404);
        (await Service.Post("networks/untrained/trace?version=7", """{ "input": [1,2], "label": "0" }""")).Is(404);
    }

    [Theory]
    [InlineData("SMALL", "\"input\": [1], \"label\": \"0\"", "input", "The row has 1 value; 2 are expected.")]
    [InlineData("SMALL", "\"input\": [1,2], \"label\": \"2\"", "label", "There is no class \"2\"")]
    [InlineData("SMALL", "\"input\": [1,2], \"target\": [1]", "target", "The row has 1 value; 2 are expected.")]
    [InlineData("SMALL", "\"input\": [1,2], \"target\": [1,1]", "target", "sum to 2")]
    [InlineData("SMALL", "\"input\": [1,2], \"target\": [1.5,-0.5]", "target[0]", "1.5 was given")]
    [InlineData("SMALL", "\"input\": [1,2]", "target", "Give either target")]
    [InlineData("SMALL", "\"input\": [1,2], \"target\": [1,0], \"label\": \"0\"", "target", "Give either target")]
    [InlineData("SMALL", "\"label\": \"0\"", "input", "Give either input")]
    [InlineData("SMALL", "\"row\": { \"x1\": 1 }, \"label\": \"0\"", "row", "A row is encoded by a version")]
    [InlineData("SMALL", "\"input\": [1,2], \"label\": \"0\", \"learningRate\": 0", "learningRate", "0 was given")]
    [InlineData("{ \"weights\": [[1,2],[3],[5,6]], \"biases\": [0,0,0] }, { \"weights\": [[1,1,1],[2,2,2]], \"biases\": [0,0] }", "\"input\": [1,2], \"label\": \"0\"", "layers[0].weights[1]", "1 number given")]
    [InlineData("{ \"weights\": [[1,2],[3,4]], \"biases\": [0,0,0] }, { \"weights\": [[1,1,1],[2,2,2]], \"biases\": [0,0] }", "\"input\": [1,2], \"label\": \"0\"", "layers[0].weights", "2 rows given")]
    [InlineData("{ \"weights\": [[1,2],[3,4],[5,6]], \"biases\": [0,0] }, { \"weights\": [[1,1,1],[2,2,2]], \"biases\": [0,0] }", "\"input\": [1,2], \"label\": \"0\"", "layers[0].biases", "2 numbers given")]
    [InlineData("{ \"weights\": [[],[],[]], \"biases\": [0,0,0] }, { \"weights\": [[1,1,1],[2,2,2]], \"biases\": [0,0] }", "\"input\": [], \"label\": \"0\"", "layers[0].weights", "at least one weight")]
    [InlineData("{ \"weights\": [[1,2],[3,4],[5,6]], \"biases\": [0,0,0] }, { \"weights\": [], \"biases\": [] }", "\"input\": [1,2], \"label\": \"0\"", "layers[1].weights", "at least one weight")]
    [InlineData("{ \"weights\": [[1,2],[3,4],[5,6]], \"biases\": [0,0,0] }", "\"input\": [1,2], \"label\": \"0\"", "layers", "Weights of 1 layers were given; the network has 2.")]
    public async Task What_does_not_fit_is_refused_at_its_place(string layers, string sample, string path, string sentence)
    {
        if ((await Service.Get("networks/fit")).Status == 404) await Service.Define("fit", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var refused = (await Service.Post("networks/fit/trace", $$"""{ {{sample}}, "layers": [{{(layers == "SMALL" ? Small : layers)}}] }""")).Is(422);
        Assert.Contains(sentence, refused.Error(path));
    }

    [Fact]
    public async Task Layers_and_a_version_are_not_taken_together_and_unknown_fields_not_at_all()
    {
        await Service.Define("both", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        string body = $$"""{ "input": [0.5,-1.5], "label": "1", "layers": [{{Small}}] }""";
        (await Service.Post("networks/both/trace?version=latest", body)).Is(422).Error("layers");
        Assert.Contains("did you mean \"learningRate\"?", (await Service.Post("networks/both/trace", body.Replace("\"label\"", "\"learninRate\": 1, \"label\""))).Is(400).Error("learninRate"));
        (await Service.Post("networks/both/trace", body.Replace("[0.5,", "[1e39,"))).Is(422).Error("input[0]");
        (await Service.Post("networks/both/trace", body.Replace("[0.5,", "[null,"))).Is(400).Error("input[0]");
    }

    [Fact]
    public async Task A_perceptron_is_traced_but_has_no_gradient_to_check()
    {
        await Service.Define("rule", """[ { "activation": "step" } ]""");
        string body = """{ "input": [1,1], "label": "0", "layers": [ { "weights": [[2,1]], "biases": [-1] } ] }""";
        var trace = await TraceAsync("rule", body);
        Assert.Equal((1, 1), ((double)trace["loss"]!, (double)trace["output"]![0]!));
        Assert.Contains("perceptron rule", (await Service.Post("networks/rule/trace", body.Replace("\"label\"", "\"gradientCheck\": true, \"label\""))).Is(422).Error("gradientCheck"));
    }

    [Fact]
    public async Task A_layer_without_biases_takes_none()
    {
        await Service.Define("bare", """[ { "units": 1, "activation": "linear", "bias": false } ]""");
        string body = """{ "input": [2], "target": [1], "layers": [ { "weights": [[3]], "biases": [BIAS] } ] }""";
        var trace = await TraceAsync("bare", body.Replace("BIAS", "0"));
        Assert.Equal((12.5, 0), ((double)trace["loss"]!, (double)trace["layers"]![0]!["biasGradients"]![0]!));
        (await Service.Post("networks/bare/trace", body.Replace("BIAS", "1"))).Is(422).Error("layers[0].biases");
    }

    [Fact]
    public async Task A_trace_that_leaves_the_range_of_double_is_refused()
    {
        await Service.Define("huge", $$"""[ {{string.Join(", ", Enumerable.Repeat("{ \"units\": 1, \"activation\": \"linear\" }", 6))}} ]""");
        string layers = string.Join(", ", Enumerable.Repeat("{ \"weights\": [[1e38]], \"biases\": [0] }", 6));
        Assert.Contains("not a finite number", (string?)(await Service.Post("networks/huge/trace", $$"""{ "input": [1e38], "target": [0], "layers": [{{layers}}] }""")).Is(422).Json["detail"]);
    }

    [Fact]
    public async Task What_would_take_too_long_is_refused()
    {
        await Service.Define("wide", """[ { "activation": "linear" } ]""");
        string weights = string.Join(",", Enumerable.Repeat("0.5", 20_001));
        string body = $$"""{ "input": [{{weights}}], "target": [0], "layers": [ { "weights": [[{{weights}}]], "biases": [0] } ], "gradientCheck": true }""";
        Assert.Contains("20,002 parameters", (await Service.Post("networks/wide/trace", body)).Is(422).Error("gradientCheck"));
        (await Service.Post("networks/wide/trace", body.Replace("true", "false"))).Is(200);
    }

    private async Task<JsonNode> TraceAsync(string network, string body, string query = "") => (await Service.Post($"networks/{network}/trace{query}", body)).Is(200).Json;

    private static double Logit(double p) => Math.Log(p / (1 - p));

    private static double[] Numbers(JsonNode? list) => [.. list!.AsArray().Select(n => (double)n!)];

    private static void Near(double[] expected, JsonNode? list, double tolerance = 1e-9)
    {
        double[] given = Numbers(list);
        Assert.Equal(expected.Length, given.Length);
        foreach (var (e, g) in expected.Zip(given)) Assert.Equal(e, g, tolerance);
    }
}
