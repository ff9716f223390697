
namespace NeuralService.Inspection;

/// <summary>The inspection room: what goes on inside a network.</summary>
internal static class InspectionEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapInspection(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/networks/{name}").WithTags("Inspection");
        group.MapTrace();
        group.MapErrorSurface();
    }

    /// <summary>Adds what the endpoints use.</summary>
    public static void AddInspection(this IServiceCollection services)
    {
        services.AddSingleton<InspectedNetworks>();
        services.AddSingleton<SurfaceData>();
    }
}

/// <summary>The bodies that the API description shows; the sample network iris has 16 tanh units and leaves its other sizes open.</summary>
internal static class InspectionExamples
{
    private const string Layers = """
        "layers": [
            { "weights": [[0.1, -0.2], [0.4, 0.3], [-0.5, 0.6], [0.2, 0.1], [-0.3, 0.4], [0.5, -0.1], [0.3, 0.2], [-0.4, -0.6],
                          [0.6, 0.5], [-0.1, 0.3], [0.2, -0.5], [0.4, 0.1], [-0.2, -0.3], [0.1, 0.6], [-0.6, 0.2], [0.3, -0.4]],
              "biases": [0.01, -0.02, 0.03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
            { "weights": [[0.7, -0.8, 0.9, 0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.2, 0.4, -0.1, 0.3, -0.5, 0.6, 0.1],
                          [-0.3, 0.2, 0.1, 0.4, 0.5, -0.6, 0.2, -0.1, 0.3, -0.4, 0.1, 0.6, -0.2, 0.4, -0.3, 0.5]],
              "biases": [0.05, -0.05] }
          ]
        """;

    /// <summary>Works before anything is trained.</summary>
    public const string TraceOfLayers = $$"""
        { "input": [0.5, -1.5], "label": "1", "learningRate": 0.1, "gradientCheck": true, {{Layers}} }
        """;

    /// <summary>Works once there is a version.</summary>
    public const string TraceOfVersion = """
        {
          "row": { "sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2 },
          "label": "setosa", "gradientCheck": true
        }
        """;

    /// <summary>Works before anything is trained.</summary>
    public const string SurfaceOfLayers = $$"""
        {
          "data": { "inputs": [[0.5, -1.5], [1.0, 0.5]], "labels": ["1", "0"] },
          "axes": [
            { "layer": 0, "weight": [0, 1], "from": -2, "to": 2, "steps": 21 },
            { "layer": 1, "bias": 0, "from": -1, "to": 1, "steps": 21 }
          ],
          {{Layers}}
        }
        """;

    /// <summary>Works once there is a version.</summary>
    public const string SurfaceOfTable = """
        {
          "data": { "dataset": "iris", "target": "species" },
          "axes": [
            { "layer": 1, "bias": 0, "from": -3, "to": 3, "steps": 21 },
            { "layer": 1, "bias": 1, "from": -3, "to": 3, "steps": 21 }
          ],
          "version": "latest"
        }
        """;
}
