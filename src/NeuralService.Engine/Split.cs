namespace NeuralService.Engine;

/// <summary>Row numbers of the parts of a table, each in ascending order.</summary>
/// <param name="Training">Rows to learn from; none where the other shares round up to all rows.</param>
/// <param name="Validation">Rows that steer the training.</param>
/// <param name="Test">Rows that are touched once, at the end.</param>
public sealed record Split(int[] Training, int[] Validation, int[] Test)
{
    /// <summary>Draws the parts; the same seed draws the same rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="validation">Share of all rows, 0 ≤ share &lt; 1; rounded to the nearest row.</param>
    /// <param name="test">Likewise; test rows are drawn first, so that another validation share leaves them as they are.</param>
    /// <param name="classes">Class of each row, to keep the shares of the classes in every part; null for not.</param>
    /// <param name="stratifyValidation">Whether the validation part keeps the class shares.</param>
    /// <param name="stratifyTest">Whether the test part keeps them.</param>
    /// <param name="seed">The training's seed.</param>
    public static Split Draw(int rows, double validation, double test, int[]? classes, bool stratifyValidation, bool stratifyTest, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        Philox.Shuffle(order, seed, RandomPurpose.Split, 0, 0);
        var (testRows, rest) = Take(order, test * rows, stratifyTest ? classes : null);
        var (validationRows, trainingRows) = Take(rest, validation * rows, stratifyValidation ? classes : null);
        return new Split([.. trainingRows.Order()], [.. validationRows.Order()], [.. testRows.Order()]);
    }

    // The first `wanted` rows; with classes, from each class its share, the largest fractions rounded up until the number is right.
    private static (int[] Taken, int[] Left) Take(int[] order, double wanted, int[]? classes)
    {
        int count = Math.Min(order.Length, (int)Math.Round(wanted, MidpointRounding.AwayFromZero));
        if (count == 0) return ([], order);
        if (classes is null) return (order[..count], order[count..]);

        var groups = order.GroupBy(row => classes[row]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        double share = (double)count / order.Length;
        int[] quotas = [.. groups.Select(g => (int)Math.Floor(g.Length * share))];
        foreach (int g in Enumerable.Range(0, groups.Length).OrderByDescending(g => groups[g].Length * share - quotas[g]).ThenBy(g => g).Take(count - quotas.Sum()))
            quotas[g]++;
        HashSet<int> taken = [.. groups.SelectMany((g, i) => g[..quotas[i]])];
        return ([.. order.Where(taken.Contains)], [.. order.Where(row => !taken.Contains(row))]); // what is left stays in random order
    }
}
