namespace NeuralService.Engine.Tests;

/// <summary>From a column of a table to inputs of a network: what is fitted, how missing and unseen values are encoded.</summary>
public class FeatureTests
{
    private const double Missing = double.NaN;

    private static readonly int[] Four = [0, 1, 2, 3];

    [Fact]
    public void Standardised_numbers_have_mean_0_and_deviation_1()
    {
        // 2, 4, 6, 8: mean 5, Σ(x − 5)² = 20, deviation √5 (divided by n).
        var column = FeatureFitting.Fit(Numbers(2, 4, 6, 8), Four);

        Assert.Equal((ColumnEncoding.Standardize, Imputation.Mean), (column.Encode, column.Impute)); // the rule for numbers
        Assert.Equal((5, Math.Sqrt(5)), (column.Offset, column.Scale));
        Assert.Equal([(float)(-3 / Math.Sqrt(5)), (float)(3 / Math.Sqrt(5)), 0], new[] { 2, 8, Missing }.Select(v => Encode(column, v)[0]));
    }

    [Fact]
    public void MinMax_numbers_go_from_0_to_1_and_beyond_for_rows_outside()
    {
        var column = FeatureFitting.Fit(Numbers(2, 4, 6, 10), Four, ColumnEncoding.MinMax);

        Assert.Equal([0f, 0.5f, 1f, 1.5f, -0.25f], new double[] { 2, 6, 10, 14, 0 }.Select(v => Encode(column, v)[0]));
    }

    [Fact]
    public void None_passes_numbers_through() =>
        Assert.Equal([1234.5f], Encode(FeatureFitting.Fit(Numbers(2, 4, 6, 10), Four, ColumnEncoding.None), 1234.5));

    [Fact]
    public void Ignore_leaves_a_column_out()
    {
        var column = FeatureFitting.Fit(Numbers(2, 4, 6, 10), Four, ColumnEncoding.Ignore);

        Assert.Equal(0, column.Width);
        Assert.False(column.IsUnseen(99));
        Assert.Empty(Encode(column, 7));
    }

    [Theory]
    [InlineData(Imputation.Mean, 4)]
    [InlineData(Imputation.Median, 2)]        // of 1, 1, 3, 11: between 1 and 3
    [InlineData(Imputation.MostFrequent, 1)]
    public void Missing_numbers_are_imputed(Imputation impute, double expected) =>
        Assert.Equal([(float)expected], Encode(FeatureFitting.Fit(Numbers(1, 1, 3, 11, Missing), [0, 1, 2, 3, 4], ColumnEncoding.None, impute), Missing));

    [Theory]
    [InlineData(new double[] { 5, 1, 3 }, 3)]
    [InlineData(new double[] { 5, 1, 3, 4 }, 3.5)]
    public void The_median_of_an_odd_and_of_an_even_number_of_values(double[] values, double expected) =>
        Assert.Equal(expected, FeatureFitting.Fit(Numbers(values), [.. Enumerable.Range(0, values.Length)], ColumnEncoding.None, Imputation.Median).Fill);

    [Fact]
    public void Of_equally_frequent_numbers_the_lowest_and_of_equally_frequent_texts_the_first_stands_in()
    {
        Assert.Equal(3, FeatureFitting.Fit(Numbers(9, 3, 9, 3), Four, ColumnEncoding.None, Imputation.MostFrequent).Fill);
        Assert.Equal([1f, 0], Encode(FeatureFitting.Fit(Texts("b", "a", "b", "a"), Four), Missing));
    }

    [Theory]
    [InlineData(ColumnEncoding.Standardize)]
    [InlineData(ColumnEncoding.MinMax)]
    public void A_column_that_does_not_vary_is_0_and_never_no_number(ColumnEncoding encode)
    {
        var column = FeatureFitting.Fit(Numbers(0.1, 0.1, 0.1, 0.1), Four, encode);

        Assert.Equal(0, Encode(column, 0.1)[0], 1e-7f);
        Assert.Equal(1, Encode(column, 1.1)[0], 1e-6f);
    }

    [Theory]
    [InlineData(ColumnEncoding.Standardize)]
    [InlineData(ColumnEncoding.MinMax)]
    [InlineData(ColumnEncoding.OneHot)]
    [InlineData(ColumnEncoding.None)]
    public void A_column_without_any_value_is_0_and_never_no_number(ColumnEncoding encode)
    {
        var column = FeatureFitting.Fit(Numbers(Missing, Missing), [0, 1], encode);

        Assert.All(Encode(column, Missing), v => Assert.Equal(0, v));
        Assert.All(Encode(column, 3), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Texts_are_one_hot_in_class_order()
    {
        var column = FeatureFitting.Fit(Texts("red", "blue", "green", "blue"), Four);

        Assert.Equal((ColumnEncoding.OneHot, Imputation.MostFrequent), (column.Encode, column.Impute)); // the rule for texts
        Assert.Equal(["blue", "green", "red"], column.Categories);
        Assert.Equal([0f, 0, 1], Encode(column, 2));
        Assert.Equal([1f, 0, 0], Encode(column, Missing)); // blue is the most frequent
        Assert.Equal([0f, 0, 0], Encode(column, EncodedColumn.Unseen));
        Assert.True(column.IsUnseen(EncodedColumn.Unseen));
        Assert.False(column.IsUnseen(Missing));
    }

    [Fact]
    public void Numbers_may_be_one_hot_too()
    {
        var column = FeatureFitting.Fit(Numbers(3, 1, 3, 2), Four, ColumnEncoding.OneHot);

        Assert.Equal([1, 2, 3], column.Levels);
        Assert.Equal([0f, 1, 0], Encode(column, 2));
        Assert.Equal([0f, 0, 1], Encode(column, Missing));
        Assert.Equal([0f, 0, 0], Encode(column, 2.5));
        Assert.True(column.IsUnseen(2.5));
        Assert.False(column.IsUnseen(2));
    }

    [Theory]
    [InlineData(Imputation.Mean, 2)]   // of 1, 2, 2, 4: 2.25, nearest to 2
    [InlineData(Imputation.Median, 2)]
    public void A_mean_that_is_no_level_is_imputed_as_the_level_nearest_to_it(Imputation impute, double level)
    {
        var column = FeatureFitting.Fit(Numbers(1, 2, 2, 4), Four, ColumnEncoding.OneHot, impute);

        Assert.Equal(level, column.Fill);
        Assert.Equal([0f, 1, 0], Encode(column, Missing));
    }

    [Fact]
    public void A_boolean_is_0_or_1()
    {
        var column = FeatureFitting.Fit(Booleans("True", "False", "True", "True"), Four);

        Assert.Equal((ColumnEncoding.None, Imputation.MostFrequent), (column.Encode, column.Impute)); // the rule for booleans
        Assert.Equal(["false", "true"], column.Categories);
        Assert.Equal([0f, 1f, 1f], new[] { 0, 1, Missing }.Select(v => Encode(column, v)[0]));
    }

    [Fact]
    public void A_boolean_may_be_standardised_or_one_hot_and_its_mean_imputed()
    {
        var booleans = Booleans("true", "true", "true", "false");

        Assert.Equal(0.75, FeatureFitting.Fit(booleans, Four, impute: Imputation.Mean).Fill);
        var standardised = FeatureFitting.Fit(booleans, Four, ColumnEncoding.Standardize);
        Assert.Equal((0.75, Math.Sqrt(0.1875)), (standardised.Offset, standardised.Scale));
        var oneHot = FeatureFitting.Fit(booleans, Four, ColumnEncoding.OneHot, Imputation.Mean);
        Assert.Equal([1f, 0], Encode(oneHot, 0));
        Assert.Equal([0f, 1], Encode(oneHot, Missing)); // a mean of 0.75 is nearer to true
    }

    [Fact]
    public void A_boolean_that_is_neither_true_nor_false_is_unseen_and_encoded_as_missing()
    {
        var column = FeatureFitting.Fit(Booleans("true", "true", "true", "false"), Four);

        Assert.True(column.IsUnseen(EncodedColumn.Unseen));
        Assert.Equal([1f], Encode(column, EncodedColumn.Unseen)); // and not −1
    }

    [Fact]
    public void Nothing_outside_the_training_rows_is_looked_at()
    {
        int[] training = [0, 2, 4];
        foreach (var encode in Enum.GetValues<ColumnEncoding>())
        {
            foreach (var impute in Enum.GetValues<Imputation>())
            {
                Same(FeatureFitting.Fit(Numbers(1, 100, 2, -100, 4), training, encode, impute), FeatureFitting.Fit(Numbers(1, Missing, 2, 7, 4), training, encode, impute));
                Same(FeatureFitting.Fit(Texts("b", "x", "a", "y", "b"), training, encode, impute), FeatureFitting.Fit(Texts("b", "a", "a", "a", "b"), training, encode, impute));
                Same(
                    FeatureFitting.Fit(Booleans("true", "false", "true", "false", "true"), training, encode, impute),
                    FeatureFitting.Fit(Booleans("true", "true", "true", "true", "true"), training, encode, impute));
            }
        }

        static void Same(EncodedColumn one, EncodedColumn other)
        {
            Assert.Equal(one.Categories, other.Categories);
            Assert.Equal(one.Levels, other.Levels);
            Assert.Equal(one with { Categories = [], Levels = [] }, other with { Categories = [], Levels = [] });
        }
    }

    [Fact]
    public void An_encoder_encodes_rows_of_another_table_by_name_and_text()
    {
        var encoder = new FeatureEncoder([FeatureFitting.Fit(Texts("a", "b", "c", "a"), Four), FeatureFitting.Fit(Numbers(2, 4, 6, 8), Four, ColumnEncoding.None)]);
        var table = new Dictionary<string, FeatureColumn>(StringComparer.Ordinal)
        {
            ["number"] = new("number", ColumnType.Numeric, [7, 8, 9], []),
            ["text"] = new("text", ColumnType.Categorical, [0, 1, 2], ["c", "z", "a"]), // other places, and one that is new
            ["other"] = new("other", ColumnType.Numeric, [0, 0, 0], []),
        };

        float[] inputs = encoder.Encode(table, [2, 1, 0], out int unseen);

        Assert.Equal([1f, 0, 0, 9, 0, 0, 0, 8, 0, 0, 1, 7], inputs);
        Assert.Equal((1, 4), (unseen, encoder.Width));
        Assert.Throws<KeyNotFoundException>(() => encoder.Encode(new Dictionary<string, FeatureColumn>(), [0], out _));
    }

    [Fact]
    public void An_encoder_of_inline_data_passes_numbers_through()
    {
        var encoder = FeatureEncoder.PassThrough(3);
        var inputs = new float[3];
        encoder.Encode([1.5, -2, 1e30], inputs);

        Assert.Equal(["x1", "x2", "x3"], encoder.Columns.Select(c => c.Name));
        Assert.Equal([1.5f, -2, 1e30f], inputs);
    }

    [Fact]
    public void Values_are_encoded_in_double_and_rounded_once()
    {
        // 16,777,217 is no float32; in float32 the difference to the offset would be lost.
        var column = new EncodedColumn { Name = "n", Type = ColumnType.Numeric, Encode = ColumnEncoding.Standardize, Impute = Imputation.Mean, Offset = 16_777_216 };

        Assert.Equal([1f], Encode(column, 16_777_217));
    }

    [Fact]
    public void Moments_keep_their_digits_far_from_0_and_stand_for_nothing_where_there_is_nothing()
    {
        Assert.Equal((1e9, 1), Rounded(FeatureFitting.Moments([1e9 - 1, 1e9 + 1])));
        Assert.Equal((0, 1), FeatureFitting.Moments([]));
        Assert.Equal(1, FeatureFitting.Moments([5, 5, 5]).Deviation);

        static (double, double) Rounded((double Mean, double Deviation) m) => (Math.Round(m.Mean, 6), Math.Round(m.Deviation, 6));
    }

    private static FeatureColumn Numbers(params double[] values) => new("number", ColumnType.Numeric, values, []);

    // Categories in the order of a table, which need not be class order.
    private static FeatureColumn Texts(params string[] texts) => Coded("text", ColumnType.Categorical, texts);

    private static FeatureColumn Booleans(params string[] texts) => Coded("flag", ColumnType.Boolean, texts);

    private static FeatureColumn Coded(string name, ColumnType type, string[] texts)
    {
        string[] categories = [.. texts.Distinct()];
        return new(name, type, [.. texts.Select(t => (double)Array.IndexOf(categories, t))], categories);
    }

    private static float[] Encode(EncodedColumn column, double value)
    {
        var inputs = new float[column.Width];
        new FeatureEncoder([column]).Encode([value], inputs);
        return inputs;
    }
}
