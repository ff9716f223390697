using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NeuralService.Hosting;

/// <summary>Writes the examples that stand beside the endpoints.</summary>
internal sealed class ExampleFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        foreach (var example in metadata.OfType<ParameterExample>())
        {
            var parameter = operation.Parameters?.OfType<OpenApiParameter>().FirstOrDefault(p => p.Name == example.Name)
                ?? throw new InvalidOperationException($"{operation.OperationId} has no parameter {example.Name} to give an example of.");
            parameter.Example = parameter.Schema?.Type?.HasFlag(JsonSchemaType.String) == false ? JsonNode.Parse(example.Value) : JsonValue.Create(example.Value);
        }
        foreach (var example in metadata.OfType<BodyExample>())
        {
            if (operation.RequestBody?.Content is not { } content || !content.TryGetValue(example.MediaType, out var taken) || taken is not OpenApiMediaType media)
                throw new InvalidOperationException($"{operation.OperationId} takes no {example.MediaType} to give an example of.");
            media.Examples ??= new Dictionary<string, IOpenApiExample>();
            media.Examples[example.Name] = new OpenApiExample { Summary = example.Summary.Length == 0 ? null : example.Summary, Value = example.Value.DeepClone() };
        }
    }
}

/// <summary>Shows every form of an answer that has several: JSON, CSV, a picture. By itself the generator keeps the one named last.</summary>
internal sealed class FormsFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var forms = context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<IProducesResponseTypeMetadata>().Where(f => f.Type is not null && f.Type != typeof(void));
        foreach (var status in forms.GroupBy(f => f.StatusCode).Where(g => g.Count() > 1))
        {
            if (operation.Responses?.GetValueOrDefault(status.Key.ToString(CultureInfo.InvariantCulture)) is not OpenApiResponse { } response)
                continue;
            response.Content = status
                .SelectMany(form => form.ContentTypes.Select(type => (Type: type, Schema: context.SchemaGenerator.GenerateSchema(form.Type!, context.SchemaRepository))))
                .ToDictionary(form => form.Type, IOpenApiMediaType (form) => new OpenApiMediaType { Schema = form.Schema });
        }
    }
}

/// <summary>Documents refusals: those that the endpoint's comments name, and those that any endpoint of its kind can answer.</summary>
internal sealed class ProblemFilter : IOperationFilter
{
    private static readonly Dictionary<string, string> OfAnyBody = new()
    {
        ["400"] = "The body is malformed: not JSON, an unknown or repeated field, a wrong type; errors tells each fault.",
        ["413"] = "The body is larger than the limits allow.",
        ["415"] = "The body has another media type.",
        ["422"] = "The body is well-formed but has no meaning here; errors tells each fault.",
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var responses = operation.Responses ??= [];
        bool open = KeyCheck.IsOpen("/" + context.ApiDescription.RelativePath);
        if (open)
            operation.Security = [];
        else
            responses.TryAdd("401", new OpenApiResponse { Description = "No key, or one that is not known." });
        if (operation.RequestBody is not null)
        {
            foreach (var (status, description) in OfAnyBody)
                responses.TryAdd(status, new OpenApiResponse { Description = description });
        }
        else if (operation.Parameters?.Any(p => p.In == ParameterLocation.Query) == true)
        {
            responses.TryAdd("400", new OpenApiResponse { Description = "A query value has the wrong form." });
            responses.TryAdd("422", new OpenApiResponse { Description = "A query value is out of its range." });
        }
        responses.TryAdd("default", new OpenApiResponse { Description = "Another refusal, such as 503 while the database is busy; Retry-After tells when to try again." });
        var schema = context.SchemaGenerator.GenerateSchema(typeof(Problem), context.SchemaRepository);
        foreach (var (status, response) in responses)
        {
            if ((status == "default" || status[0] >= '4') && response is OpenApiResponse refusal)
                refusal.Content = new Dictionary<string, IOpenApiMediaType> { [Problem.MediaType] = new OpenApiMediaType { Schema = schema } };
        }
        operation.Responses = [];
        foreach (var (status, response) in responses.OrderBy(r => r.Key, StringComparer.Ordinal))
            operation.Responses.Add(status, response);
    }
}

/// <summary>Says of each field what stands where it is left out, and that null is allowed where it is.</summary>
internal sealed class FieldFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties.Count: > 0 } record)
            return;
        object? defaults = context.Type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(context.Type);
        var nullability = new NullabilityInfoContext();
        foreach (var property in context.Type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!record.Properties.TryGetValue(name, out var shown))
                continue;
            if (defaults is not null && !property.IsDefined(typeof(RequiredMemberAttribute)))
                SetDefault(shown, property, defaults);
            if (shown is OpenApiSchemaReference reference && nullability.Create(property).ReadState == NullabilityState.Nullable)
                record.Properties[name] = OrNull(reference);
        }
    }

    private static void SetDefault(IOpenApiSchema shown, PropertyInfo property, object defaults)
    {
        var value = property.GetValue(defaults) is { } given ? JsonSerializer.SerializeToNode(given, property.PropertyType, Json.Options) : null;
        if (value is null or JsonObject or JsonArray)
            return;
        if (shown is OpenApiSchema own)
            own.Default = value;
        else if (shown is OpenApiSchemaReference reference)
            reference.Default = value;
    }

    private static OpenApiSchema OrNull(OpenApiSchemaReference reference)
    {
        string? description = reference.Description;
        reference.Description = null;
        return new OpenApiSchema { Description = description, OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, reference] };
    }
}

/// <summary>Says what each word of an enum means, from its comment.</summary>
internal sealed class WordFilter : ISchemaFilter
{
    private static readonly Dictionary<string, string> Comments = new[] { typeof(Program).Assembly, typeof(Engine.Loss).Assembly }
        .Select(assembly => Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml"))
        .Where(File.Exists)
        .SelectMany(path => XDocument.Load(path).Descendants("member"))
        .ToDictionary(m => m.Attribute("name")!.Value, m => m.Element("summary")?.Value.Trim() ?? "");

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema words || !context.Type.IsEnum)
            return;
        var lines = Enum.GetNames(context.Type)
            .Where(name => Comments.ContainsKey($"F:{context.Type.FullName}.{name}"))
            .Select(name => $"- `{JsonNamingPolicy.CamelCase.ConvertName(name)}`: {Comments[$"F:{context.Type.FullName}.{name}"]}");
        words.Description = $"{words.Description}\n\n{string.Join('\n', lines)}";
    }
}

/// <summary>Shows groups in their order, and inside a group what deletes last; opens the schemas of answers, so that fields can be added.</summary>
internal sealed class OrderFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var names = Description.Groups.Select(g => g.Name).ToList();
        swaggerDoc.Tags = new HashSet<OpenApiTag>(Description.Groups.Select(g => new OpenApiTag { Name = g.Name, Description = g.About }));
        var ordered = swaggerDoc.Paths
            .OrderBy(p => p.Value.Operations!.Values.Min(o => names.IndexOf(o.Tags!.First().Name!)))
            .ThenBy(p => p.Value.Operations!.ContainsKey(HttpMethod.Delete))
            .ToList();
        swaggerDoc.Paths = [];
        foreach (var (path, item) in ordered)
            swaggerDoc.Paths.Add(path, item);
        OpenAnswers(swaggerDoc);
    }

    private static void OpenAnswers(OpenApiDocument document)
    {
        var closed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in document.Paths.Values.SelectMany(p => p.Operations!.Values))
        {
            foreach (var media in operation.RequestBody?.Content?.Values ?? [])
                Collect(media.Schema, document, closed);
        }
        foreach (var (id, schema) in document.Components!.Schemas!)
        {
            if (!closed.Contains(id) && schema is OpenApiSchema { Properties.Count: > 0 } answer)
                answer.AdditionalPropertiesAllowed = true;
        }
    }

    private static void Collect(IOpenApiSchema? schema, OpenApiDocument document, HashSet<string> ids)
    {
        if (schema is null)
            return;
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            if (ids.Add(id))
                Collect(document.Components!.Schemas![id], document, ids);
            return;
        }
        IEnumerable<IOpenApiSchema?> inner = [schema.Items, schema.AdditionalProperties, .. schema.Properties?.Values ?? [], .. schema.OneOf ?? [], .. schema.AllOf ?? []];
        foreach (var part in inner)
            Collect(part, document, ids);
    }
}
