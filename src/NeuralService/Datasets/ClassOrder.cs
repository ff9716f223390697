using System.Text;

namespace NeuralService.Datasets;

/// <summary>The order of classes and categories: numeric where all are numbers, else ordinal.</summary>
public static class ClassOrder
{
    /// <summary>The texts in class order, and for each place the index that its text had.</summary>
    /// <param name="texts">Different texts.</param>
    public static (string[] Texts, int[] Indexes) Of(IReadOnlyList<string> texts)
    {
        var numbers = new double[texts.Count];
        bool allNumbers = true;
        for (int i = 0; i < texts.Count && allNumbers; i++)
            allNumbers = Cell.TryNumber(Encoding.UTF8.GetBytes(texts[i]), (byte)'.', out numbers[i]);
        var indexes = Enumerable.Range(0, texts.Count).ToArray();
        Array.Sort(indexes, (a, b) =>
        {
            int byNumber = allNumbers ? numbers[a].CompareTo(numbers[b]) : 0;
            return byNumber != 0 ? byNumber : string.CompareOrdinal(texts[a], texts[b]);
        });
        return (Array.ConvertAll(indexes, i => texts[i]), indexes);
    }
}
