namespace NeuralService.Storage;

/// <summary>A key that callers may send.</summary>
public sealed class ApiKeyRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>What it is for.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 of the key, lower-case hex; the key itself is not kept.</summary>
    public required string Hash { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
