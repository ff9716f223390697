using NeuralService.Datasets;
using NeuralService.Engine;

namespace NeuralService.Tests.Datasets;

/// <summary>What a column is, and what is known of it.</summary>
public class TypeTests
{
    [Theory]
    [InlineData("1 2.5 -3e2 +4 .5 6.", ColumnType.Numeric)]
    [InlineData("1 NA 3", ColumnType.Numeric)]
    [InlineData("true FALSE True", ColumnType.Boolean)]
    [InlineData("true NaN null", ColumnType.Boolean)]
    [InlineData("true false yes", ColumnType.Categorical)]
    [InlineData("true 1", ColumnType.Categorical)]
    [InlineData("1 2 x", ColumnType.Categorical)]          // too few numbers to call the word a mistake
    [InlineData("0x10 1_000", ColumnType.Categorical)]
    [InlineData("inf -inf", ColumnType.Categorical)]
    [InlineData("na nan NULL", ColumnType.Categorical)]    // the words for "missing" are exact
    public void The_cells_decide_the_type(string cells, ColumnType type) => Assert.Equal(type, Column(cells).Type);

    [Fact]
    public void Empty_NA_NaN_null_and_a_question_mark_are_missing()
    {
        var column = Reading.Csv("x,y\n,a\nNA,a\nNaN,a\nnull,a\n?,a\n \" \",a\n7,a\n").Columns[0];
        Assert.Equal((5L, ColumnType.Categorical), (column.Missing, column.Type));     // a quoted blank is a text
        Assert.Equal([" ", "7"], column.Categories!);
    }

    [Fact]
    public void Numbers_have_their_moments_of_the_population()
    {
        var column = Column("2 4 4 4 5 5 7 9 NA");
        Assert.Equal((2.0, 9.0, 5.0, 2.0), (column.Min, column.Max, column.Mean, column.StandardDeviation));
        Assert.Equal((1L, 5L), (column.Missing, column.Distinct));
        Assert.Null(column.Categories);
    }

    [Fact]
    public void Moments_of_many_numbers_are_those_of_two_passes()
    {
        var random = new Random(1);
        var numbers = Enumerable.Range(0, 30_000).Select(_ => 1e6 + random.NextDouble()).ToArray();
        var column = Column(string.Join(' ', numbers.Select(n => n.ToString("R"))));
        double mean = numbers.Average(), spread = Math.Sqrt(numbers.Average(n => (n - mean) * (n - mean)));
        Assert.Equal(mean, column.Mean!.Value, 1e-8);
        Assert.Equal(spread, column.StandardDeviation!.Value, 1e-8);
        Assert.True(column.DistinctEstimated);
        Assert.InRange(column.Distinct, 27_000, 33_000);
    }

    [Theory]
    [InlineData("b a c", "a b c")]
    [InlineData("B a C", "B C a")]                          // ordinal
    [InlineData("10 9 x y z", "10 9 x y z")]                // not all are numbers
    public void Categories_stand_in_class_order(string cells, string categories) =>
        Assert.Equal(categories.Split(' '), Column(cells).Categories!);

    [Fact]
    public void Categories_that_are_all_numbers_stand_in_numeric_order() =>
        Assert.Equal(["-1", "007", "9", "10"], Column("10 9 007 -1", "categorical").Categories!);

    [Theory]
    [InlineData("True False True", "False True")]
    [InlineData("TRUE", "FALSE TRUE")]
    [InlineData("true False", "false true")]
    public void Booleans_keep_their_casing_where_it_is_one(string cells, string categories) =>
        Assert.Equal(categories.Split(' '), Column(cells).Categories!);

    [Fact]
    public void Numbers_keep_their_own_spelling_for_their_use_as_classes()
    {
        var column = Column("1.0 2.0 007 3 1.0");
        Assert.Equal(new Dictionary<string, string> { ["1"] = "1.0", ["2"] = "2.0", ["7"] = "007" }, column.Spellings);
    }

    [Fact]
    public void Leading_zeros_are_a_doubt()
    {
        var read = Reading.Csv("zip,y\n01234,1\n99999,2\n");
        Assert.Equal(ColumnType.Numeric, read["zip"].Type);
        Assert.Contains("types=zip:categorical", Assert.Single(read.Warnings), StringComparison.Ordinal);
        Assert.Equal(["01234", "99999"], Reading.Csv("zip,y\n01234,1\n99999,2\n", new DatasetQuery { Types = "zip:categorical" })["zip"].Categories!);
    }

    [Theory]
    [InlineData(21, 1, true)]       // 21 different texts, all cells different
    [InlineData(20, 1, false)]      // not over 20
    [InlineData(30, 2, false)]      // half of the cells, not more
    public void A_text_column_of_nearly_only_different_cells_looks_like_an_id(int texts, int times, bool isId)
    {
        string cells = string.Join(' ', Enumerable.Repeat(Enumerable.Range(0, texts).Select(i => $"n{i}"), times).SelectMany(c => c));
        var read = Reading.Csv("name\n" + cells.Replace(' ', '\n'));
        Assert.Equal(isId, read["name"].LooksLikeId);
        Assert.Equal(isId, read.Warnings.Any(w => w.Contains("Training leaves it out", StringComparison.Ordinal)));
    }

    [Fact]
    public void More_texts_than_are_counted_are_stored_as_they_are()
    {
        var read = Reading.Csv("name,n\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"city number {i % 15_000},1\n")));
        var column = read["name"];
        Assert.Equal((ColumnType.Categorical, ColumnStorage.Text, false), (column.Type, column.Storage, column.LooksLikeId));
        Assert.Null(column.Categories);
        Assert.InRange(column.Distinct, 13_500, 16_500);
    }

    [Fact]
    public void A_column_without_any_value_is_numeric_with_a_warning()
    {
        var read = Reading.Csv("a,b\n,1\nNA,2\n");
        Assert.Equal((ColumnType.Numeric, 2L, 0L), (read["a"].Type, read["a"].Missing, read["a"].Distinct));
        Assert.Null(read["a"].Mean);
        Assert.Equal("Column \"a\" has no value at all; it is taken as numeric.", Assert.Single(read.Warnings));
    }

    [Fact]
    public void Json_says_what_its_cells_are()
    {
        var read = Reading.Json("""{"rows":[[1,"x","1",true],[2.5,null,"2",false],[null,"é\n","",null]],"columns":["n","t","s","b"]}""");
        Assert.Equal([ColumnType.Numeric, ColumnType.Categorical, ColumnType.Categorical, ColumnType.Boolean], read.Columns.Select(c => c.Type));
        Assert.Equal([["1", "x", "1", "true"], ["2.5", null, "2", "false"], [null, "é\n", null, null]], read.Rows);
        Assert.Contains("types=s:numeric", Assert.Single(read.Warnings), StringComparison.Ordinal);
        Assert.Equal("json", read.Format.Type);
        var forced = Reading.Json("""{"columns":["s"],"rows":[["1"],["2"]]}""", new DatasetQuery { Types = "s:numeric" });
        Assert.Equal(1.5, forced["s"].Mean);
    }

    [Fact]
    public void Column_names_may_hold_commas_and_colons_in_types()
    {
        var read = Reading.Csv("\"a,b\",c:d\n1,2\n3,4\n", new DatasetQuery { Types = "a,b:categorical,c:d:categorical" });
        Assert.All(read.Columns, c => Assert.Equal(ColumnType.Categorical, c.Type));
    }

    private static ColumnMetadata Column(string cells, string? type = null) => Reading.Csv(
        "x,y\n" + string.Concat(cells.Split(' ').Select(c => $"{c},1\n")), new DatasetQuery { Header = "true", Types = type is null ? null : "x:" + type }).Columns[0];
}
