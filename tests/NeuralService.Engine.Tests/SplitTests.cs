using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>The parts of a table: how many rows each has, and which.</summary>
public class SplitTests
{
    [Theory]
    [InlineData(150, 0.15, 0.15, 104, 23, 23)] // 22.5 rounds up
    [InlineData(150, 0.2, 0, 120, 30, 0)]
    [InlineData(10, 0, 0.33, 7, 0, 3)]
    [InlineData(3, 0, 0, 3, 0, 0)]
    [InlineData(3, 0.5, 0.5, 0, 1, 2)]         // nothing left: the caller sees it by the empty part
    public void The_sizes_are_shares_of_all_rows(int rows, double validation, double test, int trainingRows, int validationRows, int testRows)
    {
        var split = Split.Draw(rows, validation, test, null, false, false, seed: 1);

        Assert.Equal((trainingRows, validationRows, testRows), (split.Training.Length, split.Validation.Length, split.Test.Length));
    }

    [Fact]
    public void Every_row_is_in_one_part_and_the_parts_are_in_ascending_order() =>
        Gen.Select(Gen.Int[1, 200], Gen.Double[0, 0.5], Gen.Double[0, 0.49], Gen.Bool, Gen.Bool, Gen.ULong[0, 1000]).Sample(
            (rows, validation, test, stratifyValidation, stratifyTest, seed) =>
            {
                int[] classes = [.. Enumerable.Range(0, rows).Select(i => i * i % 5)];
                var split = Split.Draw(rows, validation, test, classes, stratifyValidation, stratifyTest, seed);
                return split.Training.Concat(split.Validation).Concat(split.Test).Order().SequenceEqual(Enumerable.Range(0, rows))
                    && new[] { split.Training, split.Validation, split.Test }.All(part => part.SequenceEqual(part.Order()))
                    && split.Test.Length == (int)Math.Round(test * rows, MidpointRounding.AwayFromZero);
            }, iter: 300);

    [Fact]
    public void A_stratified_part_keeps_the_shares_of_the_classes()
    {
        int[] classes = [.. Enumerable.Repeat(0, 60).Concat(Enumerable.Repeat(1, 30)).Concat(Enumerable.Repeat(2, 10))];
        var split = Split.Draw(100, 0.2, 0.1, classes, true, true, seed: 3);

        Assert.Equal([6, 3, 1], Counts(split.Test));
        Assert.Equal([12, 6, 2], Counts(split.Validation));
        Assert.Equal([42, 21, 7], Counts(split.Training));

        int[] Counts(int[] part) => [.. Enumerable.Range(0, 3).Select(c => part.Count(row => classes[row] == c))];
    }

    [Fact]
    public void A_plain_validation_part_beside_a_stratified_test_part_is_drawn_from_all_classes()
    {
        int[] classes = [.. Enumerable.Range(0, 300).Select(i => i / 100)];
        var split = Split.Draw(300, 0.3, 0.1, classes, stratifyValidation: false, stratifyTest: true, seed: 1);

        for (int c = 0; c < 3; c++) Assert.InRange(split.Validation.Count(row => classes[row] == c), 18, 42); // about 30 each, not 90 of the first
    }

    [Fact]
    public void The_seed_decides_the_rows()
    {
        var split = Split.Draw(100, 0.2, 0.1, null, false, false, seed: 1);

        Assert.Equal(split.Test, Split.Draw(100, 0.2, 0.1, null, false, false, seed: 1).Test);
        Assert.NotEqual(split.Test, Split.Draw(100, 0.2, 0.1, null, false, false, seed: 2).Test);
        Assert.Equal(split.Test, Split.Draw(100, 0.4, 0.1, null, false, false, seed: 1).Test); // another validation share leaves the test rows as they are
        Assert.NotEqual(Enumerable.Range(0, 10), split.Test);
    }

    [Fact]
    public void Every_row_is_as_likely_as_any_other_to_be_drawn()
    {
        var counts = new int[20];
        for (ulong seed = 0; seed < 2000; seed++)
        {
            foreach (int row in Split.Draw(20, 0, 0.25, null, false, false, seed).Test) counts[row]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 410, 590)); // 500, give or take 19 (one standard deviation)
    }
}
