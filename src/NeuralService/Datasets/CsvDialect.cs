using System.Text;

namespace NeuralService.Datasets;

/// <summary>How a CSV file is written. Each part is given by the caller or guessed from the file's beginning.</summary>
/// <param name="Encoding">How its bytes are text.</param>
/// <param name="MarkBytes">Bytes of the byte-order mark at the beginning.</param>
/// <param name="Delimiter">What stands between two cells: comma, semicolon, tab or bar.</param>
/// <param name="Decimal">The decimal sign: point or comma.</param>
/// <param name="Header">Whether the first line names the columns.</param>
internal sealed record CsvDialect(TextEncoding Encoding, int MarkBytes, byte Delimiter, byte Decimal, bool Header)
{
    /// <summary>The delimiters that are looked for, the likeliest first.</summary>
    public static readonly byte[] Delimiters = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    /// <summary>The name of a delimiter in a query and in an answer.</summary>
    public static string NameOf(byte delimiter) => delimiter == '\t' ? "tab" : ((char)delimiter).ToString();

    /// <summary>The file's text as UTF-8, without the byte-order mark.</summary>
    public Stream Open(string path) => Encoding.Open(path, MarkBytes);
}

/// <summary>An encoding that tables come in.</summary>
internal sealed record TextEncoding(string Name, Encoding Text)
{
    public static readonly TextEncoding Utf8 = new("utf-8", new UTF8Encoding(false));
    public static readonly TextEncoding Utf16LittleEndian = new("utf-16le", new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true));
    public static readonly TextEncoding Utf16BigEndian = new("utf-16be", new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true));
    public static readonly TextEncoding Latin1 = new("latin1", Encoding.Latin1);

    public static readonly TextEncoding[] All = [Utf8, Utf16LittleEndian, Utf16BigEndian, Latin1];

    /// <summary>Opens a file behind its byte-order mark, read as UTF-8 whatever its own encoding.</summary>
    public Stream Open(string path, int markBytes)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        file.Position = markBytes;
        return this == Utf8 ? file : Encoding.CreateTranscodingStream(file, Text, Utf8.Text);
    }

    /// <summary>The encoding that a byte-order mark tells, and the mark's length; null and 0 where there is none.</summary>
    public static (TextEncoding? Encoding, int MarkBytes) FromMark(ReadOnlySpan<byte> beginning)
    {
        if (beginning.StartsWith<byte>([0xEF, 0xBB, 0xBF]))
            return (Utf8, 3);
        if (beginning.StartsWith<byte>([0xFF, 0xFE]))
            return (Utf16LittleEndian, 2);
        return beginning.StartsWith<byte>([0xFE, 0xFF]) ? (Utf16BigEndian, 2) : (null, 0);
    }

    /// <summary>UTF-16 without a mark: in most texts nearly every second byte is 0. Null where it does not look like it.</summary>
    public static TextEncoding? FromZeros(ReadOnlySpan<byte> beginning)
    {
        int even = 0, odd = 0;
        for (int i = 0; i + 1 < beginning.Length; i += 2)
        {
            even += beginning[i] == 0 ? 1 : 0;
            odd += beginning[i + 1] == 0 ? 1 : 0;
        }
        int pairs = beginning.Length / 2;
        if (pairs == 0)
            return null;
        if (odd * 10 >= pairs * 6 && even * 10 <= pairs)
            return Utf16LittleEndian;
        return even * 10 >= pairs * 6 && odd * 10 <= pairs ? Utf16BigEndian : null;
    }
}
