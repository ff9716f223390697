using Microsoft.OpenApi;
using NeuralService.Engine;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NeuralService.Hosting;

/// <summary>The API description: OpenAPI 3.1 at /swagger/v1/swagger.json, and a page to try it at /swagger. Both come from the process itself.</summary>
internal static class Description
{
    private const string About = """
        Define a network, give it a table, train it, watch the loss, and ask it for predictions.

        Every example works as it stands, from top to bottom, on a service started with its samples (`dotnet run`).
        Every refusal is `application/problem+json` with a sentence; for a bad body `errors` tells each fault by its JSON path.
        Numbers must be finite and within float32. Unknown fields are refused.
        """;

    /// <summary>The groups, in the order in which they are shown.</summary>
    public static readonly IReadOnlyList<(string Name, string About)> Groups =
    [
        ("Predictions", "Ask a trained network, by named values or by position."),
        ("Networks", "What to train: a name that callers predict with, a definition, and the versions trained under that name."),
        ("Datasets", "What to train on: tables from CSV or JSON."),
        ("Training jobs", "Train a network: submit, watch, wait, cancel."),
        ("Inspection", "What a lecture does by hand: one sample forward and backward, and the loss around a point."),
        ("Versions", "What training made; a version never changes. Aliases are names for versions that can be moved."),
        ("Operations", "Whether the service lives and can work, and what it takes."),
    ];

    public static IServiceCollection AddDescription(this IServiceCollection services) => services.AddEndpointsApiExplorer().AddSwaggerGen(o =>
    {
        o.SwaggerDoc("v1", new OpenApiInfo { Title = "NeuralService", Version = "v1", Description = About });
        o.IncludeXmlComments(typeof(Program).Assembly);
        o.IncludeXmlComments(typeof(Loss).Assembly);
        o.SupportNonNullableReferenceTypes();
        o.OrderActionsBy(_ => "");   // as they are mapped
        MapOneOfTypes(o);
        o.SchemaFilter<FieldFilter>();
        o.SchemaFilter<WordFilter>();
        o.OperationFilter<FormsFilter>();
        o.OperationFilter<ExampleFilter>();
        o.OperationFilter<ProblemFilter>();
        o.DocumentFilter<OrderFilter>();
        o.AddSecurityDefinition("apiKey", new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-Api-Key",
            Description = "Wanted where Authentication:Mode is apiKeys; Authorization: Bearer does as well.",
        });
        o.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] });
    });

    public static void UseDescription(this WebApplication app)
    {
        app.UseSwagger(o => o.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1);
        app.UseSwaggerUI(o =>
        {
            o.DocumentTitle = "NeuralService";
            o.SwaggerEndpoint("v1/swagger.json", "NeuralService v1");
            o.EnableTryItOutByDefault();
            o.EnablePersistAuthorization();
            o.DisplayRequestDuration();
            o.DefaultModelsExpandDepth(0);
        });
    }

    /// <summary>Types that bring their own reader bring their schema too; it stands in place, since a generated client could not name it.</summary>
    private static void MapOneOfTypes(SwaggerGenOptions options)
    {
        foreach (var type in typeof(Program).Assembly.GetTypes())
        {
            var oneOf = type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IOneOf<>));
            if (oneOf is not null && !type.IsGenericTypeDefinition)
                options.MapType(type, type.GetMethod(nameof(IOneOf<>.Schema))!.CreateDelegate<Func<OpenApiSchema>>());
        }
    }
}
