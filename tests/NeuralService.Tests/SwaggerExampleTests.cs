using System.Text;
using System.Text.Json.Nodes;

namespace NeuralService.Tests;

/// <summary>Whoever opens /swagger on a fresh start and presses every button from top to bottom, with the examples as they stand, meets no refusal.</summary>
public sealed class SwaggerExampleTests
{
    [Fact]
    public async Task Every_example_works_pressed_in_order_on_a_fresh_start()
    {
        await using var service = await Service.StartAsync("Samples:Enabled=true");
        await SampleAsync(service);
        var document = (await service.Get("/swagger/v1/swagger.json")).Is(200).Json;
        var pressed = new List<string>();
        foreach (var (method, path, operation) in InOrder(document))
        {
            var answer = await service.Send(new HttpMethod(method.ToUpperInvariant()), Filled(path, operation), Body(operation));
            Assert.True(answer.Status is >= 200 and < 300, $"{method} {path} answers {answer.Status} after {string.Join(", ", pressed)}: {answer.Text}");
            pressed.Add((string)operation["operationId"]!);
        }

        Assert.True(pressed.Count >= 30, $"{pressed.Count} operations were pressed.");
    }

    /// <summary>The operations as the page shows them: group by group, in the document's order.</summary>
    private static IEnumerable<(string Method, string Path, JsonNode Operation)> InOrder(JsonNode document) =>
        from tag in document["tags"]!.AsArray()
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Value!["tags"]!.AsArray().Any(t => (string?)t == (string?)tag!["name"])
        select (operation.Key, path.Key, operation.Value);

    private static string Filled(string path, JsonNode operation)
    {
        var query = new List<string>();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            string name = (string)parameter!["name"]!;
            string? value = (parameter["example"] ?? parameter["schema"]?["examples"]?[0])?.ToString();
            if ((string?)parameter["in"] == "path") path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value!), StringComparison.Ordinal);
            else if (value is not null) query.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    /// <summary>The first example of the first media type, which the page fills in by itself.</summary>
    private static StringContent? Body(JsonNode operation)
    {
        if (operation["requestBody"]?["content"]?.AsObject().First() is not { } content) return null;
        var example = content.Value!["example"] ?? content.Value["examples"]!.AsObject().First().Value!["value"];
        string text = example is JsonValue value && value.TryGetValue(out string? plain) ? plain : example!.ToJsonString();
        return new StringContent(text, Encoding.UTF8, content.Key);
    }

    /// <summary>Waits until the sample's network has been trained: asks for the newest job until there is one, then for its end.</summary>
    private static async Task SampleAsync(Service service)
    {
        Answer answer;
        do answer = await service.Get("training-jobs/latest?wait=60");
        while (answer.Status == 404);
        Assert.Equal("succeeded", (string?)answer.Is(200).Json["status"]);
    }
}
