using System.Text.Json;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;
using NeuralService.Training;

namespace NeuralService.Versions;

/// <summary>A version: what one training made. It never changes.</summary>
public sealed record VersionResponse
{
    /// <summary>The network it belongs to.</summary>
    public required string Network { get; init; }

    /// <summary>Its number: 1, 2, 3 … in its network, never given twice.</summary>
    public required int Version { get; init; }

    /// <summary>The definition with every size as its training resolved it.</summary>
    public required VersionDefinition Definition { get; init; }

    /// <summary>Id of the training job that made it.</summary>
    public required string TrainingJob { get; init; }

    /// <summary>The table it was trained on; null for inline data.</summary>
    public required VersionDataset? Dataset { get; init; }

    /// <summary>Key of its training's random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it is worth on its training's parts, beside the trivial model.</summary>
    public required JobMetrics Metrics { get; init; }

    /// <summary>What a caller sends and gets back.</summary>
    public required Signature Signature { get; init; }

    /// <summary>Number of weights and biases.</summary>
    public required long Parameters { get; init; }

    /// <summary>SHA-256 over the float32 values, little-endian, layer by layer, weights row by row and then biases.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Number of the rules by which the engine computed; the same request and seed give the same bits under the same number.</summary>
    public required int EngineDialect { get; init; }

    /// <summary>The training request as accepted.</summary>
    public required JsonElement Request { get; init; }

    /// <summary>Id of the request that submitted its training.</summary>
    public required string RequestId { get; init; }

    /// <summary>Aliases that point to it.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>Free tags, those of its job.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>The answer for a stored version.</summary>
    public static VersionResponse From(string network, VersionRow row, IReadOnlyList<string> aliases)
    {
        var definition = Json.Read<NetworkDefinition>(row.Definition);
        return new VersionResponse
        {
            Network = network,
            Version = row.Number,
            Definition = new VersionDefinition(definition.InputSize, definition.Layers, definition.Loss),
            TrainingJob = row.TrainingJobId,
            Dataset = row.DatasetSha256 is null ? null : new VersionDataset(row.DatasetName!, row.DatasetSha256),
            Seed = row.Seed,
            CreatedAt = row.CreatedAt,
            Metrics = Json.Read<JobMetrics>(row.Metrics),
            Signature = Json.Read<Signature>(row.Signature),
            Parameters = row.Parameters,
            WeightsSha256 = row.WeightsSha256,
            EngineDialect = row.EngineDialect,
            Request = Json.Read<JsonElement>(row.Request),
            RequestId = row.RequestId,
            Aliases = aliases,
            Tags = Json.Read<Dictionary<string, string>>(row.Tags),
        };
    }
}

/// <summary>A definition as resolved.</summary>
/// <param name="InputSize">Number of inputs of the first layer.</param>
/// <param name="Layers">The layers, from the input to the output.</param>
/// <param name="Loss">What training made small.</param>
public sealed record VersionDefinition(int InputSize, IReadOnlyList<LayerDefinition> Layers, Loss Loss);

/// <summary>The table that a version was trained on, as it was then.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
public sealed record VersionDataset(string Name, string Sha256);

/// <summary>A name for a version that can be moved.</summary>
/// <param name="Alias">The name.</param>
/// <param name="Version">The number of the version.</param>
public sealed record AliasResponse(string Alias, int Version);

/// <summary>All aliases of a network.</summary>
/// <param name="Items">The aliases by name.</param>
public sealed record AliasesResponse(IReadOnlyList<AliasResponse> Items);

/// <summary>Where an alias shall point.</summary>
public sealed record AliasRequest
{
    /// <summary>Number of a version of the network.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, int.MaxValue)]
    public required int Version { get; init; }
}

/// <summary>Weights of a version.</summary>
/// <param name="Layers">The layers, first to last.</param>
public sealed record WeightsResponse(IReadOnlyList<LayerWeightsResponse> Layers);

/// <summary>Weights of one layer.</summary>
/// <param name="Weights">Row j holds the weights into unit j, shape [units][inputs].</param>
/// <param name="Biases">Shape [units].</param>
public sealed record LayerWeightsResponse(float[][] Weights, float[] Biases);
