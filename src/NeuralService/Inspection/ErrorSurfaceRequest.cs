using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using NeuralService.Hosting;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>A loss to look at over a grid of two parameters.</summary>
public sealed record ErrorSurfaceRequest
{
    /// <summary>The rows whose mean loss it is: inline (the values that the first layer takes), or a stored table. A version encodes a table as it did its own; with layers the encoding is fitted on the table.</summary>
    public required DataRequest Data { get; init; }

    /// <summary>The two parameters.</summary>
    [MinLength(2), MaxLength(2)]
    public required IReadOnlyList<SurfaceAxisRequest> Axes { get; init; }

    /// <summary>All parameters, one entry a layer, instead of a version's; those on the axes are replaced.</summary>
    public IReadOnlyList<LayerWeights>? Layers { get; init; }

    /// <summary>A version's number, an alias, or latest; left out, and without layers, production where that alias exists, else latest.</summary>
    public VersionName? Version { get; init; }
}

/// <summary>One axis: a weight or a bias, and the values that it takes.</summary>
public sealed record SurfaceAxisRequest
{
    /// <summary>Which layer, from 0.</summary>
    [Range(0, 63)]
    public required int Layer { get; init; }

    /// <summary>The weight: [unit, input], both from 0. Give this or bias.</summary>
    [MinLength(2), MaxLength(2)]
    public int[]? Weight { get; init; }

    /// <summary>The unit whose bias it is, from 0.</summary>
    public int? Bias { get; init; }

    /// <summary>The first value.</summary>
    public required double From { get; init; }

    /// <summary>The last value.</summary>
    public required double To { get; init; }

    /// <summary>How many values, evenly spaced.</summary>
    [Range(2, 501)]
    public int Steps { get; init; } = 41;
}

/// <summary>A version: its number, or an alias or latest.</summary>
/// <param name="Text">As a path would say it.</param>
[JsonConverter(typeof(OneOfConverter<VersionName>))]
public sealed record VersionName(string Text) : IOneOf<VersionName>
{
    /// <inheritdoc/>
    public static bool TryRead(JsonElement value, string path, Faults faults, out VersionName result)
    {
        bool isNumber = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0;
        result = new VersionName(isNumber ? value.GetRawText() : value.ValueKind == JsonValueKind.String ? value.GetString()! : "");
        if (isNumber || value.ValueKind == JsonValueKind.String) return true;
        faults.Malformed(path, Problems.WrongType("the number of a version, an alias or \"latest\"", Problems.Short(value.GetRawText())));
        return false;
    }

    /// <inheritdoc/>
    public static OpenApiSchema Schema() => new()
    {
        Description = "The number of a version, an alias, or latest.",
        OneOf = [new OpenApiSchema { Type = JsonSchemaType.String }, new OpenApiSchema { Type = JsonSchemaType.Integer }],
    };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteStringValue(Text);
}

/// <summary>A loss over a grid of two parameters.</summary>
/// <param name="Network">The network.</param>
/// <param name="Version">The version whose parameters were used; null where the request brought them.</param>
/// <param name="Rows">Over how many rows the loss is the mean.</param>
/// <param name="Axes">The two parameters.</param>
/// <param name="Losses">losses[i][j] is the loss at value i of the first axis and value j of the second; null where it is no finite number.</param>
public sealed record ErrorSurfaceResponse(string Network, int? Version, int Rows, IReadOnlyList<SurfaceAxisResponse> Axes, IReadOnlyList<IReadOnlyList<double?>> Losses);

/// <summary>One axis.</summary>
/// <param name="Layer">Which layer, from 0.</param>
/// <param name="Weight">The weight: [unit, input]; null for a bias.</param>
/// <param name="Bias">The unit whose bias it is; null for a weight.</param>
/// <param name="Values">The values that it takes.</param>
public sealed record SurfaceAxisResponse(int Layer, int[]? Weight, int? Bias, double[] Values);
