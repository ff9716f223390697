using System.Text.Json;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NeuralService.Datasets;

/// <summary>A table as JSON.</summary>
public sealed record DatasetTable
{
    /// <summary>The columns' names, each different.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The rows: one cell per column, each a string, a number, true, false, or null where it is missing.</summary>
    public required IReadOnlyList<IReadOnlyList<JsonElement>> Rows { get; init; }
}

/// <summary>Marks an endpoint that takes an uploaded table.</summary>
internal sealed record TakesTable;

/// <summary>Describes the body of an upload: CSV text, a JSON table, or a form with a file.</summary>
internal sealed class UploadDescription : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (!context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<TakesTable>().Any())
            return;
        foreach (var name in operation.Parameters?.OfType<OpenApiParameter>().Where(p => p.Name == "name") ?? [])
            name.Required = true;                     // nullable in code alone, so that a refusal can say what it is for
        var table = context.SchemaGenerator.GenerateSchema(typeof(DatasetTable), context.SchemaRepository);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "The table: text with one line per row, JSON, or a form with the file.",
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType { Schema = table },   // first, since client generators take the first and know how to write it
                ["text/csv"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                ["multipart/form-data"] = new OpenApiMediaType { Schema = Form() },
            },
        };
    }

    private static OpenApiSchema Form() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "file" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["file"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "A CSV file, or a JSON file whose name ends with .json." },
        },
    };
}
