namespace NeuralService.Hosting;

/// <summary>All that is wrong with one body: sentences by JSON path (<c>layers[1].units</c>; <c>$</c> for the body itself).</summary>
public sealed class Faults
{
    /// <summary>A body of a million wrong values is answered with the first ones and the number of the others.</summary>
    private const int MostReported = 100;

    private readonly Dictionary<string, List<string>> sentences = new(StringComparer.Ordinal);
    private int count;
    private bool malformed;

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool None => count == 0;

    /// <summary>The first sentence, for whoever has no map to show.</summary>
    public string FirstSentence => sentences.Values.First()[0];

    /// <summary>Adds a fault of form (not JSON, wrong type, unknown field): the answer becomes 400.</summary>
    public void Malformed(string path, string sentence)
    {
        malformed = true;
        Add(path, sentence);
    }

    /// <summary>Adds a fault of meaning in a well-formed body: the answer becomes 422, unless another fault makes it 400.</summary>
    public void Meaningless(string path, string sentence) => Add(path, sentence);

    /// <summary>Whether this path, or one below it, is faulty: then there is no use in checking its value.</summary>
    public bool Has(string path) =>
        sentences.Keys.Any(p => p.StartsWith(path, StringComparison.Ordinal) && (p.Length == path.Length || p[path.Length] is '.' or '['));

    /// <summary>Refuses the request with all faults at once, where there is one.</summary>
    /// <exception cref="Refusal">400 where a fault is one of form, else 422.</exception>
    public void ThrowIfAny()
    {
        if (count > 0)
            throw Problems.FaultyBody(malformed, count, sentences.ToDictionary(p => p.Key, p => p.Value.ToArray()));
    }

    private void Add(string path, string sentence)
    {
        if (++count > MostReported)
            return;
        if (!sentences.TryGetValue(path, out var list))
            sentences[path] = list = [];
        list.Add(sentence);
    }
}
