namespace NeuralService.Storage;

/// <summary>The name of a table; it points to content, which never changes.</summary>
public sealed class DatasetRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>Its name, unique.</summary>
    public required string Name { get; set; }

    /// <summary>The content it stands for now.</summary>
    public required string ContentId { get; set; }

    /// <summary>When the name was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it was last pointed to other content.</summary>
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>The content of a table; deleted when no name and no open job points to it.</summary>
public sealed class DatasetContentRow
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>SHA-256 of the uploaded bytes, lower-case hex.</summary>
    public required string Sha256 { get; set; }

    /// <summary>How many bytes were uploaded.</summary>
    public long Bytes { get; set; }

    /// <summary>How many rows it has.</summary>
    public long RowCount { get; set; }

    /// <summary>What was detected about the file, JSON.</summary>
    public required string Format { get; set; }

    /// <summary>Doubts about it, JSON.</summary>
    public required string Warnings { get; set; }

    /// <summary>Its columns and what is known of them, JSON.</summary>
    public required string Columns { get; set; }

    /// <summary>Whether all of it is stored.</summary>
    public bool Ready { get; set; }

    /// <summary>When it was uploaded.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A piece of a table's content: some rows.</summary>
public sealed class DatasetChunkRow
{
    /// <summary>The content.</summary>
    public required string ContentId { get; set; }

    /// <summary>0, 1, 2 … in order.</summary>
    public int Index { get; set; }

    /// <summary>The number of its first row.</summary>
    public long FirstRow { get; set; }

    /// <summary>How many rows it holds.</summary>
    public int RowCount { get; set; }

    /// <summary>The rows.</summary>
    public required byte[] Bytes { get; set; }
}
