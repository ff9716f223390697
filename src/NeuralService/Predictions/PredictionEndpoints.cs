using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using NeuralService.Hosting;

namespace NeuralService.Predictions;

/// <summary>Predictions: what a network answers to new rows.</summary>
internal static class PredictionEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapPredictions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/networks/{name}/predictions", Predict).WithTags("Predictions").WithName("predict")
            .Accepts<PredictionRequest>("application/json").Produces<PredictionResponse>()
            .WithParameterExample("name", "iris")
            .WithExample(
                """{ "rows": [ { "sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2 } ] }""", "byName", "Columns by name, in any order")
            .WithExample("""{ "inputs": [ [5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3] ] }""", "byPosition", "Columns in the signature's order");

    /// <summary>Predict rows.</summary>
    /// <remarks>
    /// Values are raw: the version encodes them as it encoded its training table. null is a missing value and is imputed as in training. Columns of the training
    /// table that the version does not use are passed over.
    /// </remarks>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest; left out, production where that alias exists, else latest.</param>
    /// <param name="top">How many of the likeliest classes to tell; all when left out.</param>
    /// <param name="unknown">ignore: encode unseen categories as none of the known ones, instead of refusing the row.</param>
    /// <param name="extra">ignore: pass over columns that the training table did not have, instead of refusing the row.</param>
    /// <response code="200">One prediction a row: label and softmax probabilities by class, or value.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    /// <response code="409">The network has no version yet.</response>
    /// <response code="422">A column is absent, unknown or of another type; errors tells each with its row.</response>
    public static async Task Predict(
        string name, [FromQuery] string? version, [FromQuery] int? top, [FromQuery] string? unknown, [FromQuery] string? extra,
        HttpContext http, ModelCatalog models, Settings settings, CancellationToken cancellation)
    {
        if (top < 1) throw Problems.QueryOutOfRange("top", top.Value, 1, int.MaxValue);
        var leniency = new Leniency(IsIgnore("unknown", unknown), IsIgnore("extra", extra));
        if (!RequestBytes.IsJson(http.Request.ContentType)) throw Problems.NotJsonMediaType(http.Request.ContentType);
        var model = await models.FindAsync(name, version, cancellation);
        var (body, length) = await RequestBytes.ReadAsync(http);
        try
        {
            var answer = new ArrayBufferWriter<byte>(1024);
            Answer(model, body.AsSpan(0, length), leniency, settings.Limits.PredictionRows, top, answer);
            http.Response.ContentType = "application/json; charset=utf-8";
            http.Response.ContentLength = answer.WrittenCount;
            await http.Response.BodyWriter.WriteAsync(answer.WrittenMemory, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>From the body's bytes to the answer's.</summary>
    /// <exception cref="Refusal">A row cannot be predicted.</exception>
    private static void Answer(Model model, ReadOnlySpan<byte> body, Leniency leniency, int mostRows, int? top, IBufferWriter<byte> answer)
    {
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        var (values, rows) = PredictionRows.Read(body, model, leniency, mostRows);
        int columns = model.Features.Columns.Count, inputSize = model.Features.Width, outputSize = model.Predictor.Definition.Output.Units;
        float[] inputs = ArrayPool<float>.Shared.Rent(rows * inputSize), outputs = ArrayPool<float>.Shared.Rent(rows * outputSize);
        try
        {
            for (int row = 0; row < rows; row++) model.Features.Encode(values.AsSpan(row * columns, columns), inputs.AsSpan(row * inputSize, inputSize));
            model.Predictor.Forward(inputs, rows, outputs);
            using var json = new Utf8JsonWriter(answer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
            PredictionAnswer.Write(json, model, outputs, rows, top);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(values);
            ArrayPool<float>.Shared.Return(inputs);
            ArrayPool<float>.Shared.Return(outputs);
        }
    }

    private static bool IsIgnore(string parameter, string? value) => value switch
    {
        null or "error" => false,
        "ignore" => true,
        _ => throw Problems.BadQuery(parameter, Problems.UnknownWord(value, ["ignore", "error"])),
    };
}

/// <summary>Rows to predict; one of rows and inputs.</summary>
public sealed record PredictionRequest
{
    /// <summary>Values by column, in any order: numbers, texts, booleans, null where missing.</summary>
    public IReadOnlyList<Dictionary<string, JsonElement>>? Rows { get; init; }

    /// <summary>Values in the order of the version's signature.</summary>
    public IReadOnlyList<IReadOnlyList<JsonElement>>? Inputs { get; init; }
}

/// <summary>Predictions, one a row.</summary>
public sealed record PredictionResponse
{
    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>The version that answered; all rows are answered by the same one.</summary>
    public required int Version { get; init; }

    /// <summary>One a row, in the order of the rows.</summary>
    public required IReadOnlyList<Prediction> Predictions { get; init; }
}

/// <summary>One prediction. A classifier has label, probability and probabilities; a step output the label alone; several labels at once have labels; a regression value or values.</summary>
public sealed record Prediction
{
    /// <summary>The likeliest class.</summary>
    public string? Label { get; init; }

    /// <summary>Its probability.</summary>
    public double? Probability { get; init; }

    /// <summary>Probability by class, in class order; those of a softmax sum to 1.</summary>
    public IReadOnlyDictionary<string, double>? Probabilities { get; init; }

    /// <summary>The names whose probability is at least ½, where a row may have several.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The predicted number, in the target's own unit.</summary>
    public double? Value { get; init; }

    /// <summary>The predicted numbers by target, in their own units.</summary>
    public IReadOnlyDictionary<string, double>? Values { get; init; }
}
