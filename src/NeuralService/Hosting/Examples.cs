using System.Text.Json.Nodes;

namespace NeuralService.Hosting;

/// <summary>An example body; it works as it stands.</summary>
internal sealed record BodyExample(string MediaType, JsonNode Value, string Name, string Summary);

/// <summary>An example value of a path or query parameter.</summary>
internal sealed record ParameterExample(string Name, string Value);

/// <summary>Puts examples beside the endpoints they belong to; the API description shows them ready to send.</summary>
public static class Examples
{
    /// <summary>An example of a JSON body. The first one given is the one shown.</summary>
    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder endpoint, string json, string name = "default", string summary = "") =>
        endpoint.WithMetadata(new BodyExample("application/json", JsonNode.Parse(json)!, name, summary));

    /// <summary>An example of a body that is text.</summary>
    public static RouteHandlerBuilder WithBodyExample(
        this RouteHandlerBuilder endpoint, string mediaType, string text, string name = "default", string summary = "") =>
        endpoint.WithMetadata(new BodyExample(mediaType, JsonValue.Create(text), name, summary));

    /// <summary>An example of a path or query parameter.</summary>
    public static RouteHandlerBuilder WithParameterExample(this RouteHandlerBuilder endpoint, string name, string value) =>
        endpoint.WithMetadata(new ParameterExample(name, value));
}
