namespace NeuralService.Hosting;

/// <summary>Free tags on networks, jobs and versions, and the filter <c>?tag=key:value</c>.</summary>
public static class Tags
{
    private const int MostTags = 64;
    private const int LongestKey = 64;
    private const int LongestValue = 256;

    /// <summary>Adds a fault for each tag that may not be given.</summary>
    public static void Check(Faults faults, string path, IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null || faults.Has(path))
            return;
        if (tags.Count > MostTags)
            faults.Meaningless(path, Problems.TooManyTags(tags.Count, MostTags));
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > LongestKey || key.Contains(':') || key.Any(char.IsControl))
                faults.Meaningless(JsonPath.Below(path, key), Problems.BadTagKey(key, LongestKey));
            else if (value.Length > LongestValue)
                faults.Meaningless(JsonPath.Below(path, key), Problems.TooLong(value.Length, LongestValue));
        }
    }

    /// <summary>Tags as they are stored.</summary>
    public static string Write(IReadOnlyDictionary<string, string>? tags) => Json.Write(tags ?? new Dictionary<string, string>());

    /// <summary>
    /// Turns <c>key:value</c> into text that stands in a JSON column of tags exactly where the tag is set.
    /// Quotes inside JSON strings are escaped, so the text cannot be part of another key or value.
    /// </summary>
    /// <exception cref="Refusal">400 where there is no colon.</exception>
    public static IReadOnlyList<string> Fragments(string[]? filters) => [.. (filters ?? []).Select(Fragment)];

    private static string Fragment(string filter)
    {
        int colon = filter.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1)
            throw Problems.BadTagFilter(filter);
        return $"{Json.Write(filter[..colon])}:{Json.Write(filter[(colon + 1)..])}";
    }
}
