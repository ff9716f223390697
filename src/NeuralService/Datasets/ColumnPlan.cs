using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>How the second pass stores a column: what is known of it, its counted texts and the code of each.</summary>
internal sealed record ColumnPlan(ColumnMetadata Metadata, DistinctTexts? Texts, int[] Codes)
{
    /// <summary>Decides the column's type; adds a fault where its cells contradict it, and a warning where it is in doubt.</summary>
    /// <returns>Null where there is a fault.</returns>
    public static ColumnPlan? For(ColumnProfile profile, ColumnType? forced, Faults faults, List<string> warnings)
    {
        switch (forced ?? Guess(profile))
        {
            case null:
                Report(faults, profile.FirstWord, at => Problems.WordAmongNumbers(at.Words, at.Text, profile.Name, profile.Words, profile.Numbers));
                return null;
            case ColumnType.Numeric when profile.Words > 0 && !profile.NumbersAsTexts:
                Report(faults, profile.FirstWord, at => Problems.NotANumber(at.Words, at.Text, profile.Name));
                return null;
            case ColumnType.Numeric when profile.FirstTooLarge is not null:
                Report(faults, profile.FirstTooLarge, at => Problems.CellOutOfRange(at.Words, at.Text));
                return null;
            case ColumnType.Boolean when profile.FirstNotBoolean is not null:
                Report(faults, profile.FirstNotBoolean, at => Problems.NotABoolean(at.Words, at.Text, profile.Name));
                return null;
            case ColumnType.Numeric:
                return Numeric(profile, forced, warnings);
            case ColumnType.Boolean when profile.Texts is { } texts:
                return Boolean(profile, texts);
            default:
                return Categorical(profile, forced, warnings);
        }
    }

    /// <summary>The type that the cells speak for; null where a few words stand among many numbers (at least ten, and nine of ten cells).</summary>
    private static ColumnType? Guess(ColumnProfile profile)
    {
        long present = profile.Numbers + profile.Words;
        if (profile.Words == 0)
            return ColumnType.Numeric;
        if (profile.Booleans == present && profile.Texts is not null)
            return ColumnType.Boolean;
        return profile.Numbers >= 10 && profile.Numbers * 10 >= present * 9 ? null : ColumnType.Categorical;
    }

    private static void Report(Faults faults, (string Path, string Words, string Text)? at, Func<(string Path, string Words, string Text), string> sentence) =>
        faults.Meaningless(at!.Value.Path, sentence(at.Value));

    private static ColumnPlan Numeric(ColumnProfile profile, ColumnType? forced, List<string> warnings)
    {
        var moments = profile.Moments;
        if (moments.Count == 0)
            warnings.Add(Problems.EmptyColumnWarning(profile.Name));
        if (profile.LeadingZeros && forced is null)
            warnings.Add(Problems.LeadingZerosWarning(profile.Name));
        double range = moments.Count == 0 ? 0 : moments.Max - moments.Min;
        int width = moments.AllIntegers ? WidthFor(range + (profile.Missing > 0 ? 1 : 0)) : 8;
        bool any = moments.Count > 0;
        var metadata = new ColumnMetadata
        {
            Name = profile.Name,
            Type = ColumnType.Numeric,
            Missing = profile.Missing,
            Distinct = profile.Texts is { } texts ? DifferentNumbers(texts) : profile.Distinct,
            DistinctEstimated = profile.Texts is null,
            Min = any ? moments.Min : null,
            Max = any ? moments.Max : null,
            Mean = any ? moments.Mean : null,
            StandardDeviation = any ? moments.StandardDeviation : null,
            Spellings = profile.Texts is null ? null : SpellingsOf(profile.Texts),
            Storage = width < 8 ? ColumnStorage.Whole : ColumnStorage.Real,
            Width = width,
            Offset = any && width < 8 ? (long)moments.Min : 0,
        };
        return new ColumnPlan(metadata, null, []);
    }

    private static ColumnPlan Boolean(ColumnProfile profile, DistinctTexts texts)
    {
        var written = Enumerable.Range(0, texts.Count).Select(i => StringOf(texts, i)).ToHashSet();
        string[][] pairs = [["false", "true"], ["False", "True"], ["FALSE", "TRUE"]];
        var pair = pairs.FirstOrDefault(p => written.All(w => p.Contains(w))) ?? pairs[0];
        var codes = new int[texts.Count];
        for (int i = 0; i < codes.Length; i++)
            codes[i] = texts[i].Length == 4 ? 1 : 0;
        var metadata = new ColumnMetadata
        {
            Name = profile.Name,
            Type = ColumnType.Boolean,
            Missing = profile.Missing,
            Distinct = codes.Distinct().Count(),
            Categories = pair,
            Storage = ColumnStorage.Code,
            Width = 1,
        };
        return new ColumnPlan(metadata, texts, codes);
    }

    private static ColumnPlan Categorical(ColumnProfile profile, ColumnType? forced, List<string> warnings)
    {
        long present = profile.Numbers + profile.Words;
        bool looksLikeId = profile.Distinct > 20 && profile.Distinct * 2 > present;
        var (categories, codes) = profile.Texts is { } texts ? InClassOrder(texts) : (null, []);
        if (looksLikeId)
            warnings.Add(Problems.LooksLikeIdWarning(profile.Name, profile.Distinct, present));
        else if (categories is null)
            warnings.Add(Problems.ManyTextsWarning(profile.Name, profile.Distinct));
        if (forced is null && profile.Numbers == 0 && present > 0 && profile.NumbersAsTexts)
            warnings.Add(Problems.NumbersAsTextsWarning(profile.Name));
        var metadata = new ColumnMetadata
        {
            Name = profile.Name,
            Type = ColumnType.Categorical,
            Missing = profile.Missing,
            Distinct = profile.Distinct,
            DistinctEstimated = categories is null,
            Categories = categories,
            LooksLikeId = looksLikeId,
            Storage = categories is null ? ColumnStorage.Text : ColumnStorage.Code,
            Width = categories is null ? 0 : WidthFor(categories.Length),
        };
        return new ColumnPlan(metadata, profile.Texts, codes);
    }

    /// <summary>Bytes for the values 0 to <paramref name="largest"/>; where cells are missing it is one more than a value needs.</summary>
    private static int WidthFor(double largest) => largest <= byte.MaxValue ? 1 : largest <= ushort.MaxValue ? 2 : largest <= uint.MaxValue ? 4 : 8;

    private static (string[] Categories, int[] Codes) InClassOrder(DistinctTexts texts)
    {
        var order = ClassOrder.Of(Enumerable.Range(0, texts.Count).Select(i => StringOf(texts, i)).ToArray());
        var codes = new int[texts.Count];
        for (int rank = 0; rank < order.Indexes.Length; rank++)
            codes[order.Indexes[rank]] = rank;
        return (order.Texts, codes);
    }

    private static int DifferentNumbers(DistinctTexts texts)
    {
        var numbers = new HashSet<double>(texts.Count);
        for (int i = 0; i < texts.Count; i++)
            numbers.Add(texts[i].Number);
        return numbers.Count;
    }

    /// <summary>The table's own texts where they are not the shortest ones; of several texts of one number the most frequent.</summary>
    private static Dictionary<string, string>? SpellingsOf(DistinctTexts texts)
    {
        var mostFrequent = new Dictionary<double, int>(texts.Count);
        for (int i = 0; i < texts.Count; i++)
        {
            if (!mostFrequent.TryGetValue(texts[i].Number, out int other) || texts[i].Occurrences > texts[other].Occurrences)
                mostFrequent[texts[i].Number] = i;
        }
        var spellings = mostFrequent.Select(p => (Shortest: Cell.Shortest(p.Key), Own: StringOf(texts, p.Value)))
            .Where(s => s.Shortest != s.Own).DistinctBy(s => s.Shortest).ToDictionary(s => s.Shortest, s => s.Own);
        return spellings.Count == 0 ? null : spellings;
    }

    private static string StringOf(DistinctTexts texts, int index) => System.Text.Encoding.UTF8.GetString(texts.Text(index, stackalloc byte[8]));
}
