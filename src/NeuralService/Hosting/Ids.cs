namespace NeuralService.Hosting;

/// <summary>Ids of everything that is stored.</summary>
public static class Ids
{
    /// <summary>A new UUID version 7 in lower-case text; as text, ids sort by the time they were made.</summary>
    public static string New() => Guid.CreateVersion7().ToString("D");
}
