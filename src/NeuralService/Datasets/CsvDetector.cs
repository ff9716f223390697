using System.Text;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>Guesses how a CSV file is written from its first 256 KiB, where the caller did not say it. Each doubt becomes a warning.</summary>
internal sealed class CsvDetector(SpooledFile file, ReadingOptions options, List<string> warnings)
{
    private const int SampleBytes = 256 << 10;
    private const int SampleRows = 1000;

    /// <summary>The dialect of the file.</summary>
    /// <exception cref="Refusal">422 where its bytes cannot be text.</exception>
    public CsvDialect Detect()
    {
        var (encoding, markBytes) = DetectEncoding();
        var sample = ReadSample(encoding, markBytes, out bool whole);
        var (delimiter, rows) = DetectDelimiter(sample, whole);
        byte decimalSign = options.Decimal ?? DetectDecimal(delimiter, rows);
        bool header = options.Header ?? DetectHeader(rows, decimalSign);
        return new CsvDialect(encoding, markBytes, delimiter, decimalSign, header);
    }

    private (TextEncoding Encoding, int MarkBytes) DetectEncoding()
    {
        Span<byte> beginning = stackalloc byte[4096];
        using (var stream = File.OpenRead(file.Path))
            beginning = beginning[..stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)];
        if (Problems.KindOfBinary(beginning) is { } kind)
            throw Problems.NotATable(kind);

        var (marked, markBytes) = TextEncoding.FromMark(beginning);
        if (options.Encoding is { } chosen)
        {
            if (chosen == TextEncoding.Utf8 && file.FirstNotUtf8 is { } bad)
                throw Problems.NotUtf8(bad.Line, bad.Byte);
            return (chosen, marked == chosen ? markBytes : 0);
        }
        if (marked is not null && (marked != TextEncoding.Utf8 || file.FirstNotUtf8 is null))
            return (marked, markBytes);
        if (TextEncoding.FromZeros(beginning) is { } wide)
        {
            warnings.Add(Problems.EncodingGuessWarning(wide.Name, "every second byte is 0, and there is no byte-order mark"));
            return (wide, 0);
        }
        if (file.FirstNotUtf8 is { } first)
        {
            warnings.Add(Problems.EncodingGuessWarning(TextEncoding.Latin1.Name, $"the byte 0x{first.Byte:X2} on line {first.Line} is not UTF-8"));
            return (TextEncoding.Latin1, markBytes);
        }
        return (TextEncoding.Utf8, 0);
    }

    private byte[] ReadSample(TextEncoding encoding, int markBytes, out bool whole)
    {
        var sample = new byte[(int)Math.Min(SampleBytes, (2 * file.Bytes) + 1)];
        using var stream = encoding.Open(file.Path, markBytes);
        int read;
        try
        {
            read = stream.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false);
        }
        catch (DecoderFallbackException)
        {
            throw Problems.NotInEncoding(encoding.Name);
        }
        whole = read < sample.Length;
        return sample[..read];
    }

    /// <summary>The delimiter that cuts the most rows into as many cells as the first, and the rows it gives.</summary>
    private (byte Delimiter, List<string[]> Rows) DetectDelimiter(byte[] sample, bool whole)
    {
        if (options.Delimiter is { } chosen)
            return (chosen, Cut(sample, whole, chosen, out _));
        var candidates = CsvDialect.Delimiters.Select(d => (Delimiter: d, Rows: Cut(sample, whole, d, out bool broken), Broken: broken))
            .Select(c => (c.Delimiter, c.Rows, Score: Score(c.Delimiter, c.Rows, c.Broken))).OrderByDescending(c => c.Score).ToArray();
        var (best, second) = (candidates[0], candidates[1]);
        if (second.Score > 0 && second.Score > 0.9 * best.Score)
            warnings.Add(Problems.DelimiterGuessWarning(best.Delimiter, second.Delimiter));
        return (best.Delimiter, best.Rows);
    }

    /// <summary>0 where every row is one cell, else the share of rows that agree with the first, less what hints at another delimiter inside cells.</summary>
    private static double Score(byte delimiter, List<string[]> rows, bool broken)
    {
        if (rows.Count == 0 || rows[0].Length == 1)
            return 0;
        double agree = rows.Count(r => r.Length == rows[0].Length) / (double)(rows.Count + (broken ? 1 : 0));
        var others = CsvDialect.Delimiters.Where(d => d != delimiter).Select(d => (char)d).ToArray();
        var cells = rows.SelectMany(r => r).ToArray();
        double split = cells.Count(c => c.IndexOfAny(others) >= 0 && !c.Contains(' ') && !HasDecimalComma(Encoding.UTF8.GetBytes(c))) / (double)cells.Length;
        return agree * (1 - split);
    }

    /// <summary>The first rows as this delimiter cuts them; the last one, which the sample's end may cut, is left out.</summary>
    private static List<string[]> Cut(byte[] sample, bool whole, byte delimiter, out bool broken)
    {
        var rows = new List<string[]>();
        using var stream = new MemoryStream(sample);
        var tokenizer = new CsvTokenizer(stream, delimiter, Math.Max(sample.Length, 1));
        broken = false;
        try
        {
            while (rows.Count < SampleRows && tokenizer.Read())
                rows.Add([.. tokenizer.Cells.Take(tokenizer.Count).Select(c => Encoding.UTF8.GetString(tokenizer.Buffer, c.Start, c.Length))]);
            if (!whole && rows.Count is > 1 and < SampleRows)
                rows.RemoveAt(rows.Count - 1);
        }
        catch (Refusal)
        {
            broken = true;                            // the real reading tells the caller, with this delimiter if no other does better
        }
        return rows;
    }

    private static bool HasDecimalComma(byte[] cell) => cell.Contains((byte)',') && Cell.TryNumber(cell, (byte)',', out _);

    /// <summary>A comma where it does not cut the cells, some column is all numbers only with commas, and none only with points.</summary>
    private static byte DetectDecimal(byte delimiter, List<string[]> rows)
    {
        if (delimiter == ',' || rows.Count < 2)
            return (byte)'.';
        bool commas = false, points = false;
        for (int column = 0; column < rows[0].Length; column++)
        {
            var cells = rows.Skip(1).Where(r => column < r.Length).Select(r => Encoding.UTF8.GetBytes(r[column])).Where(c => !Cell.IsMissing(c)).ToArray();
            commas |= AllNumbers(cells, (byte)',') && cells.Any(c => HasDecimalComma(c) && (delimiter == ';' || !MayBeThousands(c)));
            points |= AllNumbers(cells, (byte)'.') && cells.Any(c => c.Contains((byte)'.'));
        }
        return commas && !points ? (byte)',' : (byte)'.';
    }

    /// <summary>1,234 is one thousand and something to many who cut cells at tabs.</summary>
    private static bool MayBeThousands(byte[] cell) => cell.Length - cell.AsSpan().IndexOf((byte)',') == 4;

    private static bool AllNumbers(byte[][] cells, byte decimalSign) => cells.All(c => Cell.TryNumber(c, decimalSign, out _));

    /// <summary>The first line names the columns where a word stands over numbers, or where it has words alone.</summary>
    private bool DetectHeader(List<string[]> rows, byte decimalSign)
    {
        if (rows.Count == 0)
            return true;
        bool IsValue(string cell)
        {
            var text = Encoding.UTF8.GetBytes(cell);
            return Cell.TryNumber(text, decimalSign, out _) || Cell.TryBoolean(text, out _);
        }
        bool IsMissing(string cell) => Cell.IsMissing(Encoding.UTF8.GetBytes(cell));

        bool anyValueBelow = false;
        for (int column = 0; column < rows[0].Length; column++)
        {
            var below = rows.Skip(1).Where(r => column < r.Length && !IsMissing(r[column])).Select(r => r[column]).ToArray();
            bool values = below.Length > 0 && below.All(IsValue);
            anyValueBelow |= values;
            if (values && !IsValue(rows[0][column]) && !IsMissing(rows[0][column]))
                return true;
        }
        bool words = !rows[0].Any(IsValue);
        if (words && !anyValueBelow && rows.Count > 1)
            warnings.Add(Problems.HeaderGuessWarning());
        if (!words)
            warnings.Add(Problems.NoHeaderWarning());
        return words;
    }
}
