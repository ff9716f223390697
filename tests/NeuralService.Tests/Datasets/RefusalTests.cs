using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Hosting;

namespace NeuralService.Tests.Datasets;

/// <summary>Files that cannot be taken: each is refused with its place, and nothing of it is kept.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private Service service = null!;

    public async ValueTask InitializeAsync() => service = await Service.StartAsync("Limits:UploadBytes=100000", "Limits:Columns=50");

    public async ValueTask DisposeAsync()
    {
        Assert.Equal((0, 0), await service.Stored());
        Assert.Equal("[]", (await service.Get("datasets")).Json["items"]!.ToJsonString());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(service.Database)!, "uploads")));
        await service.DisposeAsync();
    }

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "Line 3, column 2: the row ends after 1 cell; the table has 2 columns.")]
    [InlineData("a,b\n\"x\ny\",2\n3,4,5\n", "Line 4, column 3: the row has 3 cells; the table has 2 columns.")]
    [InlineData("a,b,a\n1,2,3\n", "Line 1, column 3: the name \"a\" is taken by column 1; names differ.")]
    [InlineData("a,,c\nx,2,3\n", "Line 1, column 2: the column has no name; a name has at least one visible character.")]
    [InlineData("", "Line 1, column 1: the file is empty; a table has at least one column and one row.")]
    [InlineData("\n \n", "Line 1, column 1: the file is empty; a table has at least one column and one row.")]
    [InlineData("a,b\n", "Line 2, column 1: the table has 2 columns and no rows.")]
    [InlineData("a,b\n1,\"x\n2,3\n", "Line 2, column 2: the quote that opens here is never closed.")]
    [InlineData("a,b\n1,\"x\"y\n", "Line 2, column 2: text follows the closing quote; a quote inside a quoted cell is written twice (\"\").")]
    [InlineData("a,b\n1,x\0y\n", "Line 2, column 2: a NUL byte, which no text holds; the file is binary, or UTF-16 read as another encoding (set encoding).")]
    [InlineData("a,b\n1,1e39\n2,2\n", "Line 2, column 2 (b): 1e39 was given; allowed are numbers from -3.4028235e38 to 3.4028235e38.")]
    [InlineData("a,b\n1,1\n2,-1e400\n", "Line 3, column 2 (b): -1e400 was given; allowed are numbers from -3.4028235e38 to 3.4028235e38.")]
    [InlineData("PK\u0003\u0004junk", "Line 1, column 1: the file is a ZIP archive, as spreadsheets are (save the sheet as CSV), not text.")]
    public async Task A_faulty_file_is_refused_with_line_and_column(string csv, string sentence) =>
        Assert.Equal(sentence, (await service.PutTable("t", csv)).Is(422).Error("$"));

    [Fact]
    public async Task A_few_words_among_many_numbers_are_a_mistake_not_a_category()
    {
        string csv = "age,y\n" + string.Concat(Enumerable.Range(20, 30).Select(i => $"{i},1\n")) + "unknown,1\nx,1\n";
        Assert.Equal(
            "Line 32, column 1 (age): \"unknown\" is no number, and 30 of the column's 32 values are numbers. Correct the file (an empty cell, NA, NaN, null and ? are missing values), or set types=age:categorical to take every value as text.",
            (await service.PutTable("t", csv)).Is(422).Error("$"));
        (await service.PutTable("t", csv, "types=age:categorical")).Is(201);
        (await service.Delete("datasets/t")).Is(204);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        var answer = (await service.PutTable("t", "a,b\n1\n2,2\n3,4,5\n")).Is(422);
        Assert.Contains("Line 2, column 2", answer.Error("$"), StringComparison.Ordinal);
        Assert.Contains("Line 4, column 3", answer.Error("$"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_too_many_columns_is_refused() => Assert.Equal(
        "Line 1, column 51: the table has 60 columns; allowed are 50 (Limits:Columns).",
        (await service.PutTable("t", string.Join(',', Enumerable.Range(0, 60).Select(i => $"c{i}")) + "\n")).Is(422).Error("$"));

    [Fact]
    public async Task A_file_that_is_not_in_its_encoding_is_refused()
    {
        byte[] latin = Encoding.Latin1.GetBytes("a,b\n1,x\n2,é\n");
        Assert.Equal(
            "Line 3: the byte 0xE9 is not UTF-8; leave encoding out to have it detected, or set encoding=latin1.",
            (await service.Send(HttpMethod.Put, "datasets/t?encoding=utf-8", Uploads.Content(latin, "text/csv"))).Is(422).Error("$"));
        byte[] half = [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\n1,"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("\n")];
        Assert.Contains("not valid utf-16le", (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Content(half, "text/csv"))).Is(422).Error("$"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delimiter=x", 400, "delimiter", "\"x\" was given; allowed are ,  ;  tab  |.")]
    [InlineData("decimal=x", 400, "decimal", "\"x\" was given; allowed are .  ,.")]
    [InlineData("encoding=klingon", 400, "encoding", "\"klingon\" was given; allowed are utf-8  utf-16le  utf-16be  latin1.")]
    [InlineData("header=maybe", 400, "header", "\"maybe\" was given; allowed are true  false.")]
    [InlineData("types=a:number", 400, "types", "\"number\" was given for \"a\"; allowed are numeric, categorical and boolean.")]
    [InlineData("types=a:1", 400, "types", "\"1\" was given for \"a\"; allowed are numeric, categorical and boolean.")]
    [InlineData("types=a", 400, "types", "\"a\" names no type; the form is age:numeric,zip:categorical.")]
    [InlineData("types=a:numeric,a:numeric", 400, "types", "The type of \"a\" is given twice.")]
    [InlineData("types=aga:numeric", 422, "types", "There is no column \"aga\"; did you mean \"age\"?")]
    [InlineData("types=word:numeric", 422, "$", "Line 2, column 2 (word): \"x\" is no number; types=word:numeric wants numbers with the decimal sign told by format.decimal.")]
    [InlineData("types=age:boolean", 422, "$", "Line 2, column 1 (age): \"1\" is not true or false, as types=age:boolean wants.")]
    public async Task A_wrong_query_names_what_is_allowed(string query, int status, string path, string sentence) =>
        Assert.Equal(sentence, (await service.PutTable("t", "age,word\n1,x\n2,y\n", query)).Is(status).Error(path));

    [Fact]
    public async Task Names_are_checked()
    {
        Assert.Contains("name=my-table", (await service.Send(HttpMethod.Post, "datasets", Uploads.Csv("a\n1\n"))).Is(400).Error("name"), StringComparison.Ordinal);
        foreach (string name in new[] { "Iris", "a%2Fb", "a%0Ab", "-a", new string('a', 65) })
            (await service.PostTable(name, "a\n1\n")).Is(422).Error("name");
    }

    [Fact]
    public async Task Another_media_type_and_a_form_without_a_file_are_refused()
    {
        byte[] csv = Encoding.UTF8.GetBytes("a\n1\n");
        foreach (string? mediaType in new[] { null, "application/x-www-form-urlencoded", "application/vnd.apache.parquet", "text/html" })
            (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Content(csv, mediaType))).Is(415);
        (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Form(csv, "t.csv", "text/csv", part: "table"))).Is(400);
        var packed = Uploads.Content(csv, "text/csv");
        packed.Headers.ContentEncoding.Add("gzip");
        (await service.Send(HttpMethod.Put, "datasets/t", packed)).Is(400);
    }

    [Fact]
    public async Task A_file_beyond_the_limit_is_refused_also_when_it_is_packed_small()
    {
        byte[] large = Encoding.UTF8.GetBytes("a\n" + string.Concat(Enumerable.Repeat("12345\n", 20_000)));
        (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Content(large, "text/csv"))).Is(413);
        (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Gzipped(large, "text/csv"))).Is(413);
        (await service.Send(HttpMethod.Put, "datasets/t", Uploads.Form(large, "t.csv", "text/csv"))).Is(413);
        Assert.Equal(100_000, service.Services.GetRequiredService<Settings>().Limits.UploadBytes);
    }

    [Theory]
    [InlineData("""{"columns":["a"],"rows":[[1]""", 400, "$")]
    [InlineData("""[1]""", 400, "$")]
    [InlineData("""{"columns":["a"],"rows":[[NaN]]}""", 400, "$")]
    [InlineData("""{"columns":["a"],"rows":[[1]],"name":"x"}""", 400, "name")]
    [InlineData("""{"columns":["a"],"columns":["a"],"rows":[[1]]}""", 400, "columns")]
    [InlineData("""{"rows":[[1]]}""", 400, "columns")]
    [InlineData("""{"columns":["a"]}""", 400, "rows")]
    [InlineData("""{"columns":["a",1],"rows":[[1,2]]}""", 400, "columns[1]")]
    [InlineData("""{"columns":"a","rows":[[1]]}""", 400, "columns")]
    [InlineData("""{"columns":["a"],"rows":{"a":1}}""", 400, "rows")]
    [InlineData("""{"columns":["a"],"rows":[[1],2]}""", 400, "rows[1]")]
    [InlineData("""{"columns":["a"],"rows":[[1],[[2]]]}""", 400, "rows[1][0]")]
    [InlineData("""{"columns":["a"],"rows":[["\ud800"]]}""", 400, "rows[0][0]")]
    [InlineData("""{"columns":["a"],"rows":[["\u0000"]]}""", 400, "rows[0][0]")]
    [InlineData("""{"columns":["a","b"],"rows":[[1,2],[1,2],[1,2],[1]]}""", 422, "rows[3]")]
    [InlineData("""{"columns":["a","a"],"rows":[[1,2]]}""", 422, "columns[1]")]
    [InlineData("""{"columns":["a"," "],"rows":[[1,2]]}""", 422, "columns[1]")]
    [InlineData("""{"columns":[],"rows":[]}""", 422, "columns")]
    [InlineData("""{"columns":["a"],"rows":[]}""", 422, "rows")]
    [InlineData("""{"columns":["a"],"rows":[[1],[1e400]]}""", 422, "rows[1][0]")]
    [InlineData("""{"columns":["a"],"rows":[[1],[2],[3],[4],[5],[6],[7],[8],[9],[10],["x"]]}""", 422, "rows[10][0]")]
    public async Task Faulty_json_is_refused_with_its_path(string json, int status, string path) =>
        Assert.NotEmpty((await service.Put("datasets/t", json)).Is(status).Error(path));

    [Fact]
    public async Task What_says_how_csv_is_written_is_refused_beside_json() =>
        Assert.Contains("body is JSON", (await service.Put("datasets/t?delimiter=tab", """{"columns":["a"],"rows":[[1]]}""")).Is(422).Error("delimiter"), StringComparison.Ordinal);
}
