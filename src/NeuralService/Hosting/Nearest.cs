namespace NeuralService.Hosting;

/// <summary>Finds the known name that a mistyped one probably meant.</summary>
public static class Nearest
{
    /// <summary>The known name with the smallest edit distance, or null where none is near (over a third of its letters differ).</summary>
    public static string? To(string value, IEnumerable<string> known)
    {
        if (value.Length > 64)
            return null;
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string name in known)
        {
            int distance = Distance(value.ToLowerInvariant(), name.ToLowerInvariant());
            if (distance < least && distance <= Math.Max(1, Math.Max(value.Length, name.Length) / 3))
                (nearest, least) = (name, distance);
        }
        return nearest;
    }

    /// <summary>Edit distance with insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
