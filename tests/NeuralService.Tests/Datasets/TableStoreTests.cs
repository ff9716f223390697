using System.Text;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Datasets;
using NeuralService.Engine;
using Encoding = System.Text.Encoding;

namespace NeuralService.Tests.Datasets;

/// <summary>What a training job reads is what was written.</summary>
public class TableStoreTests
{
    [Fact]
    public async Task Two_hundred_thousand_rows_are_loaded_as_they_were_written()
    {
        const int rows = 200_000;
        await using var service = await Service.StartAsync();
        var random = new Random(7);
        string[] kinds = ["blue", "green", "red, dark"];
        var reals = new double[rows];
        var wholes = new double[rows];
        var codes = new double[rows];
        var names = new string[rows];
        var csv = new StringBuilder("real,whole,kind,name,flag\n");
        for (int i = 0; i < rows; i++)
        {
            reals[i] = random.Next(50) == 0 ? double.NaN : random.NextDouble() * 1000;
            wholes[i] = random.Next(50) == 0 ? double.NaN : random.Next(-40_000, 200_000);
            codes[i] = random.Next(kinds.Length);
            names[i] = $"customer {random.Next(150_000)}";
            csv.Append(double.IsNaN(reals[i]) ? "NA" : reals[i].ToString("R")).Append(',').Append(double.IsNaN(wholes[i]) ? "" : wholes[i].ToString("R"))
                .Append(",\"").Append(kinds[(int)codes[i]]).Append("\",").Append(names[i]).Append(i % 3 == 0 ? ",true\n" : ",false\n");
        }
        var uploaded = (await service.PostTable("large", csv.ToString())).Is(201).Json;
        Assert.Equal(rows, (int)uploaded["rowCount"]!);
        Assert.InRange((await service.Stored()).Chunks, 4, 20);

        var tables = service.Services.GetRequiredService<TableStore>();
        var found = (await tables.FindAsync("large", default))!;
        var table = await tables.LoadAsync(found.ContentId, null, default);
        Assert.Equal(reals, table["real"].Values);
        Assert.Equal(wholes, table["whole"].Values);
        Assert.Equal(kinds, table["kind"].Texts!);
        Assert.Equal(codes, table["kind"].Values);
        Assert.Equal(names, Enumerable.Range(0, rows).Select(table["name"].Text));
        Assert.True(table["name"].LooksLikeId);
        Assert.Equal(["false", "true"], table["flag"].Texts!);
        Assert.Equal(1.0, table["flag"].Values[3]);

        var some = await tables.LoadAsync(found.ContentId, ["name", "whole"], default);
        Assert.Equal(["whole", "name"], some.Columns.Select(c => c.Name));
        Assert.Equal(wholes, some["whole"].Values);
        var tail = (await service.Get($"datasets/large/rows?offset={rows - 2}&limit=1000")).Is(200).Json["rows"]!.AsArray();
        Assert.Equal([names[rows - 2], names[rows - 1]], tail.Select(r => (string?)r![3]));
    }

    [Fact]
    public async Task A_numeric_column_keeps_its_own_texts_for_classes()
    {
        await using var service = await Service.StartAsync();
        (await service.PostTable("t", "y\n1.0\n2\n007\nNA\n")).Is(201);
        var tables = service.Services.GetRequiredService<TableStore>();
        var column = (await tables.LoadAsync((await tables.FindAsync("t", default))!.ContentId, null, default))["y"];
        Assert.Equal(["1.0", "2", "007", null], Enumerable.Range(0, 4).Select(column.Text));
        Assert.Equal([1, 2, 7, double.NaN], column.Values);
    }

    [Fact]
    public async Task Any_table_in_any_dialect_reads_back_the_same()
    {
        await using var service = await Service.StartAsync();
        var tables = service.Services.GetRequiredService<TableStore>();
        var upload = service.Services.GetRequiredService<DatasetUpload>();
        int number = 0;

        var number64 = Gen.OneOf(Gen.Double[-1e30, 1e30].Select(Shortest), Gen.Int[-300, 300].Select(i => Shortest(i)), Gen.Const(""));
        var word = Gen.OneOf(Gen.String[Gen.Char["abcXYZ é,;|\t\"\n\r'0"], 0, 12], Gen.Const("NA"), Gen.Const("?"));
        var table = Gen.Select(number64.Array[1, 40], word.Array[40, 40]);
        var dialect = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Bool);
        await Gen.Select(table, dialect).SampleAsync(async (cells, d) =>
        {
            var (numbers, words) = cells;
            var (delimiter, encoding, lineEnd, quoteAll) = (",;\t|"[d.Item1], Encodings[d.Item2], LineEnds[d.Item3], d.Item4);
            string Cell(string text) => quoteAll || text.Length == 0 || text != text.Trim(' ', '\t') || text.IndexOfAny([delimiter, '"', '\n', '\r']) >= 0
                ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
            var csv = new StringBuilder();
            csv.Append('n').Append(delimiter).Append('w').Append(delimiter).Append("end").Append(lineEnd);
            for (int i = 0; i < numbers.Length; i++)
                csv.Append(Cell(numbers[i])).Append(delimiter).Append(Cell(words[i])).Append(delimiter).Append('x').Append(lineEnd);
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(csv.ToString())];

            string name = $"t{Interlocked.Increment(ref number)}";
            var query = new DatasetQuery { Delimiter = delimiter == '\t' ? "tab" : delimiter.ToString(), Header = "true", DecimalSign = ".", Types = "w:categorical" };
            await upload.TakeAsync(name, new MemoryStream(bytes), query, default);
            var read = await tables.LoadAsync((await tables.FindAsync(name, default))!.ContentId, null, default);

            Assert.Equal(numbers.Select(n => n.Length == 0 ? double.NaN : double.Parse(n)), read["n"].Values);
            Assert.Equal(ColumnType.Numeric, read["n"].Type);
            Assert.Equal(words.Take(numbers.Length).Select(w => w is "" or "NA" or "?" ? null : w), Enumerable.Range(0, numbers.Length).Select(read["w"].Text));
        }, iter: 300, threads: 1);
    }

    private static readonly Encoding[] Encodings =
        [new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(bigEndian: false, byteOrderMark: true), new UnicodeEncoding(bigEndian: true, byteOrderMark: true)];

    private static readonly string[] LineEnds = ["\n", "\r\n", "\r"];

    private static string Shortest(double value) => value.ToString("R");
}
