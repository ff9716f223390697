namespace NeuralService.Tests.Predictions;

/// <summary>What a prediction is refused for, with row and column.</summary>
public sealed class PredictionRefusalTests(PredictionRefusalTests.Models models) : IClassFixture<PredictionRefusalTests.Models>
{
    private Service Service => models.Service;

    public static readonly TheoryData<string, string, int, string, string> Bodies = new()
    {
        { "mixed", "", 400, "$", "" },
        { "mixed", "{", 400, "$", "not valid JSON" },
        { "mixed", "[]", 400, "$", "a JSON object is expected" },
        { "mixed", "{}", 400, "$", "either rows" },
        { "mixed", """{ "rows": [], "inputs": [] }""", 400, "inputs", "either rows" },
        { "mixed", """{ "rows": [{}], "rows": [{}] }""", 400, "rows", "given twice" },
        { "mixed", """{ "rows": null }""", 400, "$", "either rows" },
        { "mixed", """{ "rows": null, "inputs": null }""", 400, "inputs", "a list of rows" },
        { "mixed", """{ "rows": null, "rows": [{}] }""", 400, "rows", "given twice" },
        { "mixed", """{ "rows": [{}], "rows": null }""", 400, "rows", "given twice" },
        { "mixed", """{ "rows": [] }""", 422, "rows", "At least one row" },
        { "mixed", """{ "inputs": [] }""", 422, "inputs", "At least one row" },
        { "mixed", """{ "row": [{}] }""", 400, "row", "did you mean \"rows\"?" },
        { "mixed", """{ "rows": {} }""", 400, "rows", "a list of rows" },
        { "mixed", """{ "rows": [[1]] }""", 400, "rows[0]", "an object of values by column" },
        { "mixed", """{ "inputs": [{}] }""", 400, "inputs[0]", "a list of values" },
        { "mixed", """{ "inputs": [null] }""", 400, "inputs[0]", "a list of values" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "red", "member": true }, { "colour": "red", "member": true }] }""", 422, "rows[1].age", "The column \"age\" is absent" },
        { "mixed", """{ "rows": [{ "age": 1, "age": 2, "colour": "red", "member": true }] }""", 400, "rows[0].age", "given twice" },
        { "mixed", """{ "rows": [{ "age": null, "colour": "red", "member": true }] }""", 422, "rows[0].age", "takes no missing values" },
        { "mixed", """{ "rows": [{ "age": "1", "colour": "red", "member": true }] }""", 422, "rows[0].age", "a text was given where a number is expected" },
        { "mixed", """{ "rows": [{ "age": 1e39, "colour": "red", "member": true }] }""", 422, "rows[0].age", "1e39 was given" },
        { "mixed", """{ "rows": [{ "age": -1e999, "colour": "red", "member": true }] }""", 422, "rows[0].age", "-1e999 was given" },
        { "mixed", """{ "rows": [{ "age": NaN, "colour": "red", "member": true }] }""", 400, "$", "JSON knows no NaN" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "rad", "member": true }] }""", 422, "rows[0].colour", "did you mean \"red\"? ?unknown=ignore" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": ["red"], "member": true }] }""", 422, "rows[0].colour", "a list was given" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "red", "member": "perhaps" }] }""", 422, "rows[0].member", "true or false" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "red", "member": 2 }] }""", 422, "rows[0].member", "true or false" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "red", "member": true, "hight": 3 }] }""", 422, "rows[0].hight", "no column \"hight\"" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "\ud800", "member": true }] }""", 400, "$", "no character" },
        { "mixed", """{ "rows": [{ "age": 1, "colour": "red", "member": true }] } true""", 400, "$", "not valid JSON" },
        { "mixed", """{ "inputs": [[1, "red"]] }""", 422, "inputs[0]", "The row has 2 values; 3 are expected" },
        { "mixed", """{ "inputs": [[1, "red", true], [1, "red", true, 4]] }""", 422, "inputs[1]", "The row has 4 values; 3 are expected" },
        { "mixed", """{ "inputs": [["red", 1, true]] }""", 422, "inputs[0][0]", "a text was given" },
        { "inline", """{ "inputs": [[null, 1]] }""", 422, "inputs[0][0]", "takes no missing values" },
        { "inline", """{ "rows": [{ "x1": 1 }] }""", 422, "rows[0].x2", "is absent" },
        { "inline", """{ "inputs": [[1]] }""", 422, "inputs[0]", "The row has 1 value; 2 are expected" },
    };

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A_body_is_refused_at_its_place(string network, string body, int status, string path, string sentence)
    {
        var answer = (await Service.Predict(network, body)).Is(status);
        Assert.Contains(sentence, answer.Error(path));
    }

    [Theory]
    [InlineData("?version=99", 404)]
    [InlineData("?version=nope", 404)]
    [InlineData("?version=0", 404)]
    [InlineData("?version=", 404)]
    [InlineData("?version=99999999999", 404)]
    [InlineData("?top=0", 422)]
    [InlineData("?top=some", 400)]
    [InlineData("?unknown=perhaps", 400)]
    [InlineData("?extra=perhaps", 400)]
    public async Task A_query_is_refused(string query, int status) => (await Service.Predict("inline", """{ "inputs": [[1, 2]] }""", query)).Is(status);

    [Fact]
    public async Task A_network_is_404_and_one_without_a_version_409()
    {
        (await Service.Predict("nope", """{ "inputs": [[1]] }""")).Is(404);
        Assert.Contains("/api/v1/training-jobs", (string?)(await Service.Predict("untrained", """{ "inputs": [[1]] }""")).Is(409).Json["detail"]);
        (await Service.Predict("untrained", """{ "inputs": [[1]] }""", "?version=latest")).Is(409);
        (await Service.Predict("untrained", """{ "inputs": [[1]] }""", "?version=1")).Is(404);
    }

    [Fact]
    public async Task More_rows_than_the_limit_are_413_and_the_limit_itself_is_answered()
    {
        Assert.Equal(50, (await Service.Predict("inline", Rows(50))).Is(200).Json["predictions"]!.AsArray().Count);
        Assert.Contains("at most 50 rows", (string?)(await Service.Predict("inline", Rows(51))).Is(413).Json["detail"]);

        static string Rows(int count) => $$"""{ "inputs": [{{string.Join(',', Enumerable.Repeat("[0, 1]", count))}}] }""";
    }

    [Fact]
    public async Task Another_media_type_is_415()
    {
        (await Service.Send(HttpMethod.Post, "networks/inline/predictions", new StringContent("x1,x2\n1,2\n", System.Text.Encoding.UTF8, "text/plain"))).Is(415);
        (await Service.Send(HttpMethod.Post, "networks/inline/predictions", null)).Is(415);
    }

    [Fact]
    public async Task An_answer_that_is_no_finite_number_is_refused_with_its_row() =>
        Assert.Contains("row 1", (string?)(await Service.Predict("steep", """{ "inputs": [[1], [3e38]] }""")).Is(422).Json["detail"]);

    [Fact]
    public async Task Every_row_of_a_bad_batch_is_told_up_to_a_limit()
    {
        var answer = (await Service.Predict("mixed", """{ "rows": [{ "age": "a", "colour": "rot", "member": true }, { "age": 1, "colour": "red" }] }""")).Is(422);
        Assert.Equal(["rows[0].age", "rows[0].colour", "rows[1].member"], answer.Json["errors"]!.AsObject().Select(e => e.Key).Order());
        var many = (await Service.Predict("mixed", $$"""{ "rows": [{{string.Join(',', Enumerable.Repeat("{}", 50))}}] }""")).Is(422);
        Assert.True(many.Text.Length < 20_000);
        Assert.Contains("150 things", (string?)many.Json["detail"]);
    }

    public sealed class Models : SharedService
    {
        public Models()
            : base("Limits:PredictionRows=50")
        {
        }

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await Service.Define("untrained", """[ { "activation": "softmax" } ]""");
            await Service.Define("inline", """[ { "activation": "softmax" } ]""");
            await Service.Train("""{ "network": "inline", "data": { "inputs": [[0,0],[0,1]], "labels": ["a", "b"] }, "epochs": 1 }""");
            await Service.Define("steep", """[ { "activation": "linear" } ]""");
            await Service.Train("""
                { "network": "steep", "data": { "inputs": [[0],[1]], "targets": [[0],[1000]] }, "epochs": 1, "initialWeights": { "layers": [ { "weights": [[1000]], "biases": [0] } ] } }
                """);
            await Service.Define("mixed", """[ { "activation": "softmax" } ]""");
            (await Service.Upload("mixed", "age,colour,member,kind\n1,red,true,x\n2,blue,false,y\n3,red,false,x\n4,green,true,y\n")).Is(201);
            await Service.Train("""
                { "network": "mixed", "data": { "dataset": "mixed", "target": "kind", "preprocessing": { "age": { "impute": "error" } } }, "epochs": 1 }
                """);
        }
    }
}
