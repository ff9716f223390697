namespace NeuralService.Datasets;

/// <summary>How much memory all columns of one upload may take to count their different texts one by one.</summary>
internal sealed class CountingBudget
{
    /// <summary>Different texts that one column counts at most; beyond, their number is an estimate.</summary>
    public const int MostTexts = 10_000;

    /// <summary>So many texts any column may count, even where the others have used all memory.</summary>
    public const int LeastTexts = 64;

    private long left = 64 << 20;

    /// <summary>Takes the memory of one more text, or says no.</summary>
    public bool Take(int texts, int length)
    {
        if (texts >= MostTexts || (texts >= LeastTexts && left < 0))
            return false;
        left -= DistinctTexts.Cost(length);
        return true;
    }
}

/// <summary>What the first pass over a table learns about one column; it takes bounded memory, however long the table is.</summary>
internal sealed class ColumnProfile(string name, byte decimalSign, CountingBudget budget)
{
    private DistinctTexts? texts = new();
    private DistinctEstimate? estimate;
    private Moments moments = new();

    public string Name { get; } = name;
    public long Missing { get; private set; }
    public long Numbers { get; private set; }
    public long Words { get; private set; }
    public long Booleans { get; private set; }
    public bool LeadingZeros { get; private set; }
    public bool NumbersAsTexts { get; private set; } = true;

    /// <summary>Place and text of the first word, and of the first number that float32 cannot hold.</summary>
    public (string Path, string Words, string Text)? FirstWord { get; private set; }
    public (string Path, string Words, string Text)? FirstTooLarge { get; private set; }
    public (string Path, string Words, string Text)? FirstNotBoolean { get; private set; }

    /// <summary>The different texts; null where there are too many.</summary>
    public DistinctTexts? Texts => texts;

    public long Distinct => texts?.Count ?? estimate!.Count;
    public Moments Moments => texts is null ? moments : MomentsOf(texts);

    /// <summary>Takes in the cell of the reader's row.</summary>
    public void Add(TableReader row, int column)
    {
        var text = row.Text(column);
        if (Cell.IsMissing(text))
        {
            Missing++;
            return;
        }
        double number = Count(text);
        bool isText = row.IsText(column);
        if (!double.IsNaN(number) && Math.Abs(number) > float.MaxValue)
            FirstTooLarge ??= At(row, column);
        if (!double.IsNaN(number) && !isText)
        {
            Numbers++;
            FirstNotBoolean ??= At(row, column);
            return;
        }
        Words++;
        FirstWord ??= At(row, column);
        NumbersAsTexts &= isText && !double.IsNaN(number);
        if (!isText && Cell.TryBoolean(text, out _))
            Booleans++;
        else
            FirstNotBoolean ??= At(row, column);
    }

    /// <summary>Counts the text; returns the number that it reads as, NaN where it is none.</summary>
    private double Count(ReadOnlySpan<byte> text)
    {
        int found = texts?.Find(text) ?? -1;
        if (found >= 0)
        {
            ref var entry = ref texts![found];
            entry.Occurrences++;
            return entry.Number;
        }
        double number = Cell.TryNumber(text, decimalSign, out double value) ? value : double.NaN;
        if (texts is not null && budget.Take(texts.Count, text.Length))
        {
            texts[texts.Add(text, number)].Occurrences = 1;
            LeadingZeros |= text.Length > 1 && text[0] == '0' && text[1] is >= (byte)'0' and <= (byte)'9' && !double.IsNaN(number);
            return number;
        }
        if (texts is not null)
            StopCounting(texts);
        estimate!.Add(DistinctTexts.KeyOf(text));
        if (double.IsFinite(number))
            moments.Add(number);
        return number;
    }

    /// <summary>Too many different texts: from here on their number is estimated and the moments are taken cell by cell.</summary>
    private void StopCounting(DistinctTexts counted)
    {
        estimate = new DistinctEstimate();
        for (int i = 0; i < counted.Count; i++)
            estimate.Add(counted[i].Key);
        moments = MomentsOf(counted);
        texts = null;
    }

    private static Moments MomentsOf(DistinctTexts counted)
    {
        var sum = new Moments();
        for (int i = 0; i < counted.Count; i++)
        {
            if (double.IsFinite(counted[i].Number))
                sum.Add(counted[i].Number, counted[i].Occurrences);
        }
        return sum;
    }

    private static (string, string, string) At(TableReader row, int column)
    {
        var (path, words) = row.Place(column);
        return (path, words, row.String(column));
    }
}
