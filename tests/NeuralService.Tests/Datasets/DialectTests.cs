using System.Text;
using NeuralService.Datasets;
using NeuralService.Engine;
using Encoding = System.Text.Encoding;

namespace NeuralService.Tests.Datasets;

/// <summary>CSV as people write it: each dialect is detected, told, and gives the same table.</summary>
public class DialectTests
{
    public static TheoryData<string, string, bool, string, bool> Dialects()
    {
        var dialects = new TheoryData<string, string, bool, string, bool>();
        foreach (string delimiter in new[] { ",", ";", "tab", "|" })
            foreach (var (encoding, mark) in new[] { ("utf-8", false), ("utf-8", true), ("utf-16le", true), ("utf-16be", true), ("utf-16le", false), ("latin1", false) })
                foreach (string lineEnd in new[] { "lf", "crlf", "cr" })
                    foreach (bool quoted in new[] { false, true })
                        dialects.Add(delimiter, encoding, mark, lineEnd, quoted);
        return dialects;
    }

    [Theory, MemberData(nameof(Dialects))]
    public void Every_dialect_gives_the_same_table(string delimiter, string encoding, bool mark, string lineEnd, bool quoted)
    {
        string[][] table = [["name", "größe", "note"], ["Zoë", "1.5", "a"], ["Bär", "-2e3", "b c"], ["x", "", "d"], ["y", "0.25", "é"]];
        char cut = delimiter == "tab" ? '\t' : delimiter[0];
        string end = lineEnd switch { "lf" => "\n", "crlf" => "\r\n", _ => "\r" };
        string text = string.Concat(table.Select(row => string.Join(cut, row.Select(c => quoted ? $"\"{c}\"" : c)) + end));

        var read = Reading.Csv(Bytes(text, encoding, mark));

        Assert.Equal(new DatasetFormat
        {
            Type = "csv",
            Encoding = encoding,
            ByteOrderMark = mark,
            Delimiter = delimiter,
            Decimal = ".",
            Quote = quoted ? "\"" : null,
            LineEnd = lineEnd,
            Header = true,
        }, read.Format);
        Assert.Equal(table[0], read.Columns.Select(c => c.Name));
        Assert.Equal([ColumnType.Categorical, ColumnType.Numeric, ColumnType.Categorical], read.Columns.Select(c => c.Type));
        Assert.Equal(table[1..].Select(r => r.Select(c => c.Length == 0 ? null : c)), read.Rows);
        Assert.Equal(encoding == "latin1" || (encoding == "utf-16le" && !mark) ? 1 : 0, read.Warnings.Count);
    }

    [Fact]
    public void A_quoted_cell_holds_delimiters_line_ends_and_doubled_quotes()
    {
        var read = Reading.Csv("a,b\n\"x, \"\"y\"\"\r\nz\",1\n  \" w \"  ,  2 \n5'10\",3\n");
        Assert.Equal(["x, \"y\"\r\nz", " w ", "5'10\""], read.Rows.Select(r => r[0]));
        Assert.Equal(["1", "2", "3"], read.Rows.Select(r => r[1]));
    }

    [Fact]
    public void Blank_lines_are_passed_over_with_a_warning_and_the_last_line_needs_no_end()
    {
        var read = Reading.Csv("a,b\n\n1,2\n   \n3,4");
        Assert.Equal([["1", "2"], ["3", "4"]], read.Rows);
        Assert.Equal(["2 blank lines were passed over."], read.Warnings);
    }

    [Fact]
    public void A_semicolon_table_may_have_decimal_commas()
    {
        var read = Reading.Csv("price;name\n1,5;a, b\n2;c\n-0,25;d\n");
        Assert.Equal((";", ","), (read.Format.Delimiter, read.Format.Decimal));
        Assert.Equal((-0.25, 2.0), (read["price"].Min, read["price"].Max));
        Assert.Equal(ColumnType.Categorical, read["name"].Type);
    }

    [Theory]
    [InlineData("a\tb\n1,5\t2\n2,25\t3\n", "tab", ",")]
    [InlineData("a|b\n1,234|2\n5,678|3\n", "|", ".")]       // thousands, to many
    [InlineData("1,5\t2,5\n3,5\t4,5\n", "tab", ",")]
    [InlineData("1,5;2,5\n3,5;4,5\n", ";", ",")]
    [InlineData("a;b\n1.5;2\n2.5;3\n", ";", ".")]
    public void Decimal_commas_are_no_delimiters(string text, string delimiter, string sign)
    {
        var format = Reading.Csv(text).Format;
        Assert.Equal((delimiter, sign), (format.Delimiter, format.Decimal));
    }

    [Fact]
    public void A_single_column_needs_no_delimiter()
    {
        var read = Reading.Csv("x\n1\n\"\"\n3\n");
        Assert.Equal(["1", null, "3"], read.Rows.Select(r => r[0]));
        Assert.Equal(1, read["x"].Missing);
    }

    [Fact]
    public void Without_a_header_columns_are_numbered_and_that_is_said()
    {
        var read = Reading.Csv("5.1,setosa\n4.9,setosa\n");
        Assert.False(read.Format.Header);
        Assert.Equal(["column1", "column2"], read.Columns.Select(c => c.Name));
        Assert.Equal(2, read.Rows.Count);
        Assert.Contains("column1, column2", Assert.Single(read.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("label,0,1\n5,10,20\n3,30,40\n", true)]      // a word over numbers
    [InlineData("a,b\nx,y\nz,w\n", true)]                    // words alone: said as a doubt
    [InlineData("id,ok\n1,true\n2,false\n", true)]
    [InlineData("1,2\n3,4\n", false)]
    [InlineData("?,x\n1,y\n", true)]
    public void The_header_is_guessed(string text, bool header) => Assert.Equal(header, Reading.Csv(text).Format.Header);

    [Fact]
    public void What_is_said_is_not_guessed()
    {
        var query = new DatasetQuery { Delimiter = "|", DecimalSign = ",", Encoding = "latin1", Header = "false" };
        var read = Reading.Csv([.. "a;b|1,5\n\xE9|2\n".Select(c => (byte)c)], query);
        Assert.Equal(("|", ",", "latin1", false), (read.Format.Delimiter, read.Format.Decimal, read.Format.Encoding, read.Format.Header));
        Assert.Equal([["a;b", "1,5"], ["é", "2"]], read.Rows);
    }

    [Fact]
    public void A_comma_table_with_semicolons_in_a_text_is_cut_at_commas()
    {
        var read = Reading.Csv("id,tags\n1,red;blue;green\n2,red;green\n3,blue\n");
        Assert.Equal(",", read.Format.Delimiter);
        Assert.Equal(2, read.Columns.Count);
    }

    private static byte[] Bytes(string text, string encoding, bool mark)
    {
        Encoding written = encoding switch
        {
            "utf-8" => new UTF8Encoding(mark),
            "latin1" => Encoding.Latin1,
            _ => new UnicodeEncoding(bigEndian: encoding == "utf-16be", byteOrderMark: mark),
        };
        return [.. written.GetPreamble(), .. written.GetBytes(text)];
    }
}
