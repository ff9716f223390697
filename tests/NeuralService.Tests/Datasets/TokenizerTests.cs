using System.Text;
using CsCheck;
using NeuralService.Datasets;

namespace NeuralService.Tests.Datasets;

/// <summary>The parts under the reading, held against a plain way to do the same.</summary>
public class TokenizerTests
{
    [Fact]
    public void Any_text_is_cut_the_same_whatever_the_buffer()
    {
        // Long cells cross the 64-byte blocks; the alphabet is what a tokenizer trips over.
        var cell = Gen.OneOf(Gen.String[Gen.Char["ab ,;\t\"\r\n"], 0, 8], Gen.String[Gen.Char["abcé "], 0, 200]);
        Gen.Select(cell.Array[1, 60], Gen.Int[1, 40]).Sample((pieces, bufferSize) =>
        {
            string text = string.Concat(pieces.Select((p, i) => i % 3 == 0 ? p : i % 3 == 1 ? p + "," : p + "\n"));
            Assert.Equal(Cut(text, 1 << 16), Cut(text, bufferSize));
        }, iter: 2_000);
    }

    [Fact]
    public void A_table_written_with_quotes_is_cut_into_its_cells()
    {
        var cells = Gen.String[Gen.Char["ab ,\"\r\n"], 0, 90].Array[2, 5].Array[1, 8];
        Gen.Select(cells, Gen.Int[1, 100]).Sample((rows, bufferSize) =>
        {
            string text = string.Concat(rows.Select(r => string.Join(',', r.Select(c => $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\n"));
            Assert.Equal(rows.Select(r => string.Join('¦', r)), Cut(text, bufferSize));
        }, iter: 2_000);
    }

    [Fact]
    public void Utf8_is_checked_across_the_pieces_it_comes_in()
    {
        byte[][] characters =
            [[.. "a"u8], [(byte)'\n'], [.. "é"u8], [.. "€"u8], [.. "😀"u8], [0xC3], [0xE2, 0x82], [0xFF], [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80]];
        var character = Gen.Int[0, characters.Length - 1];
        Gen.Select(character.Array[0, 30], Gen.Int[1, 7]).Sample((chosen, size) =>
        {
            byte[] bytes = [.. chosen.SelectMany(c => characters[c])];
            var watch = new Utf8Watch();
            foreach (byte[] piece in bytes.Chunk(size))
                watch.Feed(piece);
            watch.End();
            Assert.Equal(FirstNotUtf8(bytes), watch.FirstNotUtf8);
        }, iter: 20_000);
    }

    [Fact]
    public void Numbers_are_read_as_the_runtime_reads_them()
    {
        var texts = Gen.OneOf(
            Gen.Double.Where(double.IsFinite).Select(d => d.ToString("R")),
            Gen.Decimal.Select(d => d.ToString()),
            Gen.Select(Gen.Long, Gen.Int[0, 22]).Select((digits, places) => Insert(digits.ToString(), places)),
            Gen.String[Gen.Char["0123456789.eE+-"], 0, 24]);
        texts.Sample(text =>
        {
            const System.Globalization.NumberStyles style =
                System.Globalization.NumberStyles.AllowLeadingSign | System.Globalization.NumberStyles.AllowDecimalPoint | System.Globalization.NumberStyles.AllowExponent;
            bool expected = double.TryParse(text, style, null, out double value);
            Assert.Equal(expected, Cell.TryNumber(Encoding.UTF8.GetBytes(text), (byte)'.', out double read));
            if (expected)
                Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(read));
            bool withComma = Cell.TryNumber(Encoding.UTF8.GetBytes(text.Replace('.', ',')), (byte)',', out double same);
            Assert.Equal((expected, value), (withComma, expected ? same : value));
        }, iter: 50_000);
    }

    [Fact]
    public void Different_texts_are_counted()
    {
        Gen.String[Gen.Char["abé01"], 0, 12].Array[0, 400].Sample(texts =>
        {
            var counted = new DistinctTexts();
            foreach (string text in texts)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                int found = counted.Find(bytes);
                counted[found < 0 ? counted.Add(bytes, double.NaN) : found].Occurrences++;
            }
            var expected = texts.CountBy(t => t).ToDictionary();
            Span<byte> scratch = stackalloc byte[8];
            Assert.Equal(expected.Count, counted.Count);
            for (int i = 0; i < counted.Count; i++)
                Assert.Equal(expected[Encoding.UTF8.GetString(counted.Text(i, scratch))], counted[i].Occurrences);
        }, iter: 500);
    }

    private static string Insert(string digits, int places) => digits.Insert(Math.Max(digits[0] == '-' ? 1 : 0, digits.Length - places), ".");

    private static List<string> Cut(string text, int bufferSize)
    {
        var rows = new List<string>();
        try
        {
            var tokenizer = new CsvTokenizer(new MemoryStream(Encoding.UTF8.GetBytes(text)), (byte)',', bufferSize);
            while (tokenizer.Read())
                rows.Add(string.Join('¦', tokenizer.Cells.Take(tokenizer.Count).Select(c => Encoding.UTF8.GetString(tokenizer.Buffer, c.Start, c.Length))));
        }
        catch (Hosting.Refusal e)
        {
            rows.Add(e.Message);
        }
        return rows;
    }

    private static (long, byte)? FirstNotUtf8(byte[] bytes)
    {
        long line = 1;
        for (int at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes.AsSpan(at), out var rune, out int consumed) != System.Buffers.OperationStatus.Done)
                return (line, bytes[at]);
            line += rune.Value == '\n' ? 1 : 0;
            at += consumed;
        }
        return null;
    }
}
