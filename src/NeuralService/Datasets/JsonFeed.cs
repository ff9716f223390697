using System.Text.Json;

namespace NeuralService.Datasets;

/// <summary>A window over a JSON file: <see cref="Reader"/> reads what is there, <see cref="Advance"/> keeps what it consumed, <see cref="Refill"/> brings more.</summary>
internal sealed class JsonFeed(Stream stream, long offset = 0, JsonReaderState state = default) : IDisposable
{
    private byte[] buffer = new byte[256 << 10];
    private int start, filled;
    private bool ended;
    private JsonReaderState state = state;

    /// <summary>Where in the file the next token is read.</summary>
    public long Position { get; private set; } = offset;

    public JsonReaderState State => state;

    public Utf8JsonReader Reader() => new(buffer.AsSpan(start, filled - start), ended, state);

    /// <summary>Goes on behind the last token of this reader.</summary>
    public void Advance(ref Utf8JsonReader reader)
    {
        start += (int)reader.BytesConsumed;
        Position += reader.BytesConsumed;
        state = reader.CurrentState;
    }

    /// <summary>Reads more of the file; false where there was no more already before.</summary>
    public bool Refill()
    {
        if (ended)
            return false;
        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        filled -= start;
        start = 0;
        if (filled == buffer.Length)
        {
            if (filled >= CsvTokenizer.LongestRow)
                throw Problems.JsonValueTooLong(Position, CsvTokenizer.LongestRow);
            Array.Resize(ref buffer, filled * 2);
        }
        int read = stream.Read(buffer, filled, buffer.Length - filled);
        filled += read;
        ended = read == 0;
        return true;
    }

    public void Dispose() => stream.Dispose();
}
