using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace NeuralService.Tests;

/// <summary>The committed openapi.json is what the service serves. <c>UPDATE_OPENAPI=1</c> writes it anew.</summary>
public sealed class DescriptionTests : IAsyncLifetime
{
    private static readonly string[] Groups = ["Predictions", "Networks", "Datasets", "Training jobs", "Inspection", "Versions", "Operations"];

    private Service service = null!;
    private string text = "";

    private JsonNode Document => JsonNode.Parse(text)!;

    private IEnumerable<(string Path, string Method, JsonNode Operation)> Operations =>
        Document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(o => (p.Key, o.Key, o.Value!)));

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync();
        text = (await service.Get("/swagger/v1/swagger.json")).Is(200).Text.ReplaceLineEndings("\n");
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public void The_committed_document_is_the_one_served()
    {
        string path = Committed();
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
            File.WriteAllText(path, text + "\n");
        Assert.True(File.ReadAllText(path).TrimEnd() == text.TrimEnd(), "src/NeuralService/openapi.json differs from what is served; UPDATE_OPENAPI=1 dotnet test writes it anew.");
    }

    [Fact]
    public void It_is_OpenAPI_3_1() => Assert.StartsWith("3.1", (string?)Document["openapi"]);

    [Fact]
    public void Every_operation_says_what_it_does_and_has_an_id_of_its_own()
    {
        Assert.All(Operations, o => Assert.False(string.IsNullOrWhiteSpace((string?)o.Operation["summary"]), o.Path));
        var ids = Operations.Select(o => (string?)o.Operation["operationId"]).ToList();
        Assert.DoesNotContain(null, ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Every_parameter_and_every_field_says_what_it_means()
    {
        foreach (var (path, method, operation) in Operations)
        {
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                Assert.False(string.IsNullOrWhiteSpace((string?)parameter!["description"]), $"{method} {path}: {parameter["name"]}");
        }
        foreach (var (id, schema) in Document["components"]!["schemas"]!.AsObject())
        {
            foreach (var (name, field) in schema!["properties"]?.AsObject() ?? [])
                Assert.False(string.IsNullOrWhiteSpace((string?)field!["description"]), $"{id}.{name}");
        }
    }

    [Fact]
    public void Every_path_parameter_and_every_body_has_an_example()
    {
        foreach (var (path, method, operation) in Operations)
        {
            foreach (var parameter in (operation["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "path"))
                Assert.True(parameter!["example"] is not null, $"{method} {path}: {parameter["name"]}");
            foreach (var (media, content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
                Assert.True(content!["examples"] is not null || media == "multipart/form-data", $"{method} {path}: {media}");
        }
    }

    [Fact]
    public void Groups_stand_in_their_order_and_deletes_come_last_in_each()
    {
        Assert.Equal(Groups, Document["tags"]!.AsArray().Select(t => (string?)t!["name"]));
        var order = Operations.Select(o => Array.IndexOf(Groups, (string?)o.Operation["tags"]![0])).ToList();
        Assert.DoesNotContain(-1, order);
        Assert.Equal(order.Order(), order);
        foreach (var group in Operations.GroupBy(o => (string?)o.Operation["tags"]![0]))
        {
            var paths = group.Select(o => o.Path).Distinct().ToList();
            var deleting = group.Where(o => o.Method == "delete").Select(o => o.Path).ToHashSet();
            Assert.Equal(paths.OrderBy(deleting.Contains), paths);
        }
    }

    [Fact]
    public void Every_operation_documents_its_refusals_as_problem_details()
    {
        foreach (var (path, method, operation) in Operations)
        {
            var refusals = operation["responses"]!.AsObject().Where(r => r.Key == "default" || r.Key[0] == '4' || r.Key[0] == '5').ToList();
            Assert.NotEmpty(refusals);
            Assert.All(refusals, r => Assert.True(r.Value!["content"]!["application/problem+json"] is not null, $"{method} {path} {r.Key}"));
            Assert.Equal(path.StartsWith("/api/", StringComparison.Ordinal), refusals.Any(r => r.Key == "401"));
        }
    }

    [Fact]
    public void A_request_schema_says_what_is_enforced()
    {
        var layer = Document["components"]!["schemas"]!["LayerRequest"]!;
        Assert.False((bool?)layer["additionalProperties"]);
        Assert.Equal("""["activation"]""", layer["required"]!.ToJsonString());
        Assert.Equal(65536, (int?)layer["properties"]!["units"]!["maximum"]);
        Assert.Equal(1, (int?)layer["properties"]!["dropout"]!["exclusiveMaximum"]);
        Assert.Contains("leakyRelu", Document["components"]!["schemas"]!["Activation"]!["enum"]!.ToJsonString());
        Assert.True(Document["components"]!["schemas"]!["NetworkResponse"]!["additionalProperties"] is null, "answers may get more fields");
    }

    [Fact]
    public async Task The_examples_of_the_networks_work_from_top_to_bottom()
    {
        foreach (var (path, method, operation) in Operations.Where(o => (string?)o.Operation["tags"]![0] == "Networks"))
        {
            string address = path;
            foreach (var parameter in (operation["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "path"))
                address = address.Replace($"{{{parameter!["name"]}}}", (string?)parameter["example"], StringComparison.Ordinal);
            var examples = operation["requestBody"]?["content"]?["application/json"]?["examples"]?.AsObject().Select(e => e.Value!["value"]!.ToJsonString()) ?? [null!];
            foreach (string? body in examples)
            {
                var answer = await service.Send(new HttpMethod(method.ToUpperInvariant()), address, body is null ? null : Service.Json(body));
                Assert.True(answer.Status is >= 200 and < 300, $"{method} {address}: {answer.Text}");
            }
        }
    }

    private static string Committed([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "NeuralService", "openapi.json"));
}
