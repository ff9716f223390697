namespace NeuralService.Tests;

public sealed class NetworkTests : IAsyncLifetime
{
    private const string Iris = """
        { "name": "my-iris", "description": "three species", "inputSize": 4,
          "layers": [ { "units": 16, "activation": "tanh" }, { "units": 3, "activation": "softmax" } ], "loss": "crossEntropy", "tags": { "course": "one" } }
        """;

    private Service service = null!;

    public async ValueTask InitializeAsync() => service = await Service.StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_network_is_defined_read_changed_listed_and_deleted()
    {
        var created = (await service.Post("networks", Iris)).Is(201);
        Assert.Equal("/api/v1/networks/my-iris", created.Headers.Location?.ToString());
        Assert.Equal(16 * 4 + 16 + 3 * 16 + 3, (long?)created.Json["parameters"]);
        Assert.Equal("[16,4]", created.Json["layers"]![0]!["weights"]!.ToJsonString());
        Assert.Equal("[3]", created.Json["layers"]![1]!["biases"]!.ToJsonString());
        Assert.Equal(51, (long?)created.Json["layers"]![1]!["parameters"]);

        var read = (await service.Get("networks/my-iris")).Is(200);
        Assert.Equal(created.Text, read.Text);

        var changed = (await service.Put("networks/my-iris", """{ "layers": [ { "activation": "softmax" } ] }""")).Is(200);
        Assert.Equal((string?)created.Json["id"], (string?)changed.Json["id"]);
        Assert.Null(changed.Json["description"]);
        Assert.Null(changed.Json["parameters"]);
        Assert.Null(changed.Json["layers"]![0]!["weights"]);

        var list = (await service.Get("networks")).Is(200);
        Assert.Equal("my-iris", (string?)list.Json["items"]!.AsArray().Single()!["name"]);

        (await service.Delete("networks/my-iris")).Is(204);
        Assert.Contains("\"my-iris\"", (string?)(await service.Get("networks/my-iris")).Is(404).Json["detail"]);
        (await service.Delete("networks/my-iris")).Is(404);
        (await service.Put("networks/my-iris", Iris)).Is(404);
    }

    [Fact]
    public async Task A_network_is_still_there_after_a_restart()
    {
        string before = (await service.Post("networks", Iris)).Is(201).Text;
        await service.StopAsync();
        await service.StartAgainAsync();
        Assert.Equal(before, (await service.Get("networks/my-iris")).Is(200).Text);
    }

    [Theory]
    [InlineData("softmax", "crossEntropy")]
    [InlineData("sigmoid", "binaryCrossEntropy")]
    [InlineData("step", "perceptron")]
    [InlineData("linear", "squaredError")]
    [InlineData("tanh", "squaredError")]
    [InlineData("relu", "squaredError")]
    [InlineData("leakyRelu", "squaredError")]
    public async Task A_loss_left_out_is_the_one_that_fits_the_output(string activation, string loss)
    {
        var created = (await service.Post("networks", $$"""{ "name": "a", "layers": [ { "activation": "{{activation}}" } ] }""")).Is(201);
        Assert.Equal(loss, (string?)created.Json["loss"]);
    }

    [Fact]
    public async Task What_is_left_out_of_a_layer_gets_its_default()
    {
        var created = (await service.Post("networks", """
            { "name": "a", "inputSize": 2, "layers": [ { "units": 3, "activation": "leakyRelu", "bias": false }, { "units": 1, "activation": "linear" } ] }
            """)).Is(201);
        var layer = created.Json["layers"]![0]!;
        Assert.Equal(0.01, (double?)layer["negativeSlope"]);
        Assert.Equal("auto", (string?)layer["initializer"]);
        Assert.Equal(0, (double?)layer["dropout"]);
        Assert.Equal("[0]", layer["biases"]!.ToJsonString());
        Assert.Equal(6, (long?)layer["parameters"]);
        Assert.Null(created.Json["layers"]![1]!["negativeSlope"]);
    }

    [Theory]
    [InlineData("""[ { "units": 1000000000, "activation": "relu" }, { "activation": "linear" } ]""", "layers[0].units", "1000000000 was given; allowed is from 1 to 65,536.")]
    [InlineData("""[ { "units": 0, "activation": "relu" }, { "activation": "linear" } ]""", "layers[0].units", "0 was given")]
    [InlineData("""[ { "units": 99999999999999999999, "activation": "relu" } ]""", "layers[0].units", "allowed is from 1 to 65,536")]
    [InlineData("""[ { "activation": "relu" }, { "activation": "linear" } ]""", "layers[0].units", "may be left out on the last layer only")]
    [InlineData("""[ { "units": 3, "activation": "softmax" }, { "activation": "linear" } ]""", "layers[0].activation", "softmax is allowed on the last layer only")]
    [InlineData("""[ { "units": 3, "activation": "linear", "dropout": 0.5 } ]""", "layers[0].dropout", "the last layer takes no dropout")]
    [InlineData("""[ { "units": 3, "activation": "relu", "dropout": 1 }, { "activation": "linear" } ]""", "layers[0].dropout", "from 0 to under 1")]
    [InlineData("""[ { "units": 3, "activation": "tanh", "negativeSlope": 0.1 } ]""", "layers[0].negativeSlope", "belongs to leakyRelu; this layer is tanh")]
    [InlineData("""[ { "units": 3, "activation": "swish" } ]""", "layers[0].activation", "\"swish\" is not known here")]
    [InlineData("""[]""", "layers", "0 elements given; allowed are 1 to 64")]
    public async Task A_definition_that_cannot_work_is_refused_with_its_place(string layers, string path, string sentence)
    {
        var refused = (await service.Post("networks", $$"""{ "name": "a", "inputSize": 4, "layers": {{layers}} }""")).Is(422);
        Assert.Contains(sentence, refused.Error(path));
        Assert.Single(refused.Json["errors"]!.AsObject());
        (await service.Get("networks/a")).Is(404);
    }

    [Theory]
    [InlineData("crossEntropy", """{ "activation": "linear" }""", "crossEntropy with softmax")]
    [InlineData("crossEntropy", """{ "activation": "sigmoid" }""", "binaryCrossEntropy with sigmoid")]
    [InlineData("binaryCrossEntropy", """{ "activation": "softmax" }""", "binaryCrossEntropy with sigmoid")]
    [InlineData("perceptron", """{ "activation": "sigmoid" }""", "exactly one layer, which is step")]
    [InlineData("perceptron", """{ "units": 2, "activation": "relu" }, { "activation": "step" }""", "2 layers")]
    public async Task A_loss_that_does_not_fit_the_output_is_refused_with_the_pairs_that_do(string loss, string layers, string sentence)
    {
        var refused = (await service.Post("networks", $$"""{ "name": "a", "layers": [ {{layers}} ], "loss": "{{loss}}" }""")).Is(422);
        Assert.Contains(sentence, refused.Error("loss"));
    }

    [Fact]
    public async Task The_perceptron_loss_takes_one_unit()
    {
        var refused = (await service.Post("networks", """{ "name": "a", "layers": [ { "units": 2, "activation": "step" } ], "loss": "perceptron" }""")).Is(422);
        Assert.Contains("1 unit", refused.Error("layers[0].units"));
    }

    [Fact]
    public async Task Two_wide_layers_are_refused_before_anything_is_allocated()
    {
        var refused = (await service.Post("networks", """
            { "name": "a", "layers": [ { "units": 65536, "activation": "relu" }, { "units": 65536, "activation": "relu" }, { "activation": "linear" } ] }
            """)).Is(422);
        Assert.Contains("at least 4,295,098,368 parameters; at most 50,000,000", refused.Error("layers"));
    }

    [Fact]
    public async Task Sixty_four_of_the_widest_layers_do_not_overflow_the_count()
    {
        string layers = string.Join(", ", Enumerable.Repeat("""{ "units": 65536, "activation": "relu" }""", 64));
        var refused = (await service.Post("networks", $$"""{ "name": "a", "inputSize": 2147483647, "layers": [ {{layers}} ] }""")).Is(422);
        Assert.Contains("141,008,075,423,744", refused.Error("layers"));   // 65,536·(2^31 − 1) + 63·2^32 + 64·65,536
    }

    [Fact]
    public async Task The_largest_definition_allowed_is_taken_and_one_parameter_more_is_not()
    {
        (await service.Post("networks", """{ "name": "most", "inputSize": 49999999, "layers": [ { "units": 1, "activation": "linear" } ] }""")).Is(201);
        (await service.Post("networks", """{ "name": "more", "inputSize": 50000000, "layers": [ { "units": 1, "activation": "linear" } ] }""")).Is(422);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("iris\\n")]
    [InlineData("Iris")]
    [InlineData("-iris")]
    [InlineData("iris.")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("<script>")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_of_another_form_is_refused(string name)
    {
        var refused = (await service.Post("networks", $$"""{ "name": "{{name}}", "layers": [ { "activation": "linear" } ] }""")).Is(422);
        Assert.Contains("a name is 1 to 64 lower-case letters", refused.Error("name"));
        Assert.Empty((await service.Get("networks")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_taken_name_is_refused_and_the_first_network_stays()
    {
        string first = (await service.Post("networks", Iris)).Is(201).Text;
        var refused = (await service.Post("networks", """{ "name": "my-iris", "layers": [ { "activation": "linear" } ] }""")).Is(409);
        Assert.Contains("PUT /api/v1/networks/my-iris", (string?)refused.Json["detail"]);
        Assert.Equal(first, (await service.Get("networks/my-iris")).Text);
    }

    [Fact]
    public async Task A_network_cannot_be_renamed()
    {
        (await service.Post("networks", Iris)).Is(201);
        var refused = (await service.Put("networks/my-iris", """{ "name": "other", "layers": [ { "activation": "linear" } ] }""")).Is(422);
        Assert.Contains("the path says \"my-iris\"", refused.Error("name"));
        (await service.Put("networks/my-iris", Iris)).Is(200);
    }

    [Fact]
    public async Task Lists_are_newest_first_and_continue_at_the_cursor()
    {
        for (int i = 1; i <= 5; i++)
            (await service.Post("networks", $$"""{ "name": "n{{i}}", "layers": [ { "activation": "linear" } ] }""")).Is(201);
        var names = new List<string?>();
        string? cursor = null;
        do
        {
            var page = (await service.Get($"networks?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(200).Json;
            Assert.InRange(page["items"]!.AsArray().Count, 1, 2);
            names.AddRange(page["items"]!.AsArray().Select(n => (string?)n!["name"]));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        Assert.Equal(["n5", "n4", "n3", "n2", "n1"], names);
    }

    [Theory]
    [InlineData("limit=0", 422, "from 1 to 200")]
    [InlineData("limit=201", 422, "from 1 to 200")]
    [InlineData("limit=many", 400, "a whole number is expected")]
    public async Task A_limit_out_of_its_range_is_refused(string query, int status, string sentence)
    {
        var refused = (await service.Get("networks?" + query)).Is(status);
        Assert.Contains(sentence, refused.Error("limit"));
    }

    [Fact]
    public async Task Lists_are_filtered_by_tags()
    {
        (await service.Post("networks", """{ "name": "a", "layers": [ { "activation": "linear" } ], "tags": { "team": "blue", "note": "\"team\":\"red\"" } }""")).Is(201);
        (await service.Post("networks", """{ "name": "b", "layers": [ { "activation": "linear" } ], "tags": { "team": "red", "stage": "x:y" } }""")).Is(201);
        async Task<string> Names(string query) =>
            string.Join(',', (await service.Get("networks?" + query)).Is(200).Json["items"]!.AsArray().Select(n => (string?)n!["name"]));
        Assert.Equal("a", await Names("tag=team:blue"));
        Assert.Equal("b", await Names("tag=team:red"));
        Assert.Equal("b", await Names("tag=stage:x:y"));
        Assert.Equal("", await Names("tag=team:red&tag=stage:z"));
        Assert.Equal("", await Names("tag=team:re"));
        (await service.Get("networks?tag=team")).Is(400);
    }

    [Fact]
    public async Task Tags_have_their_limits()
    {
        var refused = (await service.Post("networks", """{ "name": "a", "layers": [ { "activation": "linear" } ], "tags": { "a:b": "c", "": "d", "n": 3 } }""")).Is(400);
        Assert.Contains("a text is expected", refused.Error("tags.n"));
        refused = (await service.Post("networks", """{ "name": "a", "layers": [ { "activation": "linear" } ], "tags": { "a:b": "c" } }""")).Is(422);
        Assert.Contains("no key of a tag", refused.Error("tags[\"a:b\"]"));
    }
}
