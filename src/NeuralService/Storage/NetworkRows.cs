namespace NeuralService.Storage;

/// <summary>A network: a name, its current definition, and the counter of its versions.</summary>
public sealed class NetworkRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>Its name, unique.</summary>
    public required string Name { get; set; }

    /// <summary>Free text.</summary>
    public string? Description { get; set; }

    /// <summary>The definition for later jobs, JSON.</summary>
    public required string Definition { get; set; }

    /// <summary>Free tags, JSON.</summary>
    public required string Tags { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When its definition was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Grows by 1 with every change.</summary>
    public int Revision { get; set; }

    /// <summary>The highest version number ever given; 0 before the first.</summary>
    public int LastVersion { get; set; }
}

/// <summary>A trained version of a network; never changed once it is there.</summary>
public sealed class VersionRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>The network it belongs to.</summary>
    public required string NetworkId { get; set; }

    /// <summary>1, 2, 3 … in its network.</summary>
    public int Number { get; set; }

    /// <summary>The definition as resolved, JSON.</summary>
    public required string Definition { get; set; }

    /// <summary>The fitted encoders of features and targets, JSON.</summary>
    public required string Encoder { get; set; }

    /// <summary>What callers send and get back, JSON.</summary>
    public required string Signature { get; set; }

    /// <summary>The metrics of its training, JSON.</summary>
    public required string Metrics { get; set; }

    /// <summary>The job that made it.</summary>
    public required string TrainingJobId { get; set; }

    /// <summary>The table it was trained on; null for inline data.</summary>
    public string? DatasetName { get; set; }

    /// <summary>SHA-256 of that table's bytes, lower-case hex.</summary>
    public string? DatasetSha256 { get; set; }

    /// <summary>The seed of its training.</summary>
    public long Seed { get; set; }

    /// <summary>The training request as accepted, JSON.</summary>
    public required string Request { get; set; }

    /// <summary>Number of the rules by which the engine computed.</summary>
    public int EngineDialect { get; set; }

    /// <summary>How many parameters it has.</summary>
    public long Parameters { get; set; }

    /// <summary>SHA-256 over the float32 weights in canonical order, lower-case hex.</summary>
    public required string WeightsSha256 { get; set; }

    /// <summary>Free tags, JSON.</summary>
    public required string Tags { get; set; }

    /// <summary>The request that led to it.</summary>
    public required string RequestId { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A piece of a version's weights, which are kept as the bytes of a safetensors file. Pieces without a version are left from an interrupted write.</summary>
public sealed class WeightChunkRow
{
    /// <summary>The version.</summary>
    public required string VersionId { get; set; }

    /// <summary>0, 1, 2 … in order.</summary>
    public int Index { get; set; }

    /// <summary>At most 4 MiB.</summary>
    public required byte[] Bytes { get; set; }
}

/// <summary>A name for a version that can be moved.</summary>
public sealed class AliasRow
{
    /// <summary>The network.</summary>
    public required string NetworkId { get; set; }

    /// <summary>The name.</summary>
    public required string Alias { get; set; }

    /// <summary>The number of the version it stands for.</summary>
    public int Number { get; set; }
}
