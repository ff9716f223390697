namespace NeuralService.Engine.Tests;

/// <summary>Numeric targets are learned standardised and answered in their own unit.</summary>
public class TargetTests
{
    // Two targets; rows 0 to 3 are the training rows, row 4 is not.
    private static readonly double[][] Columns = [[2, 4, 6, 8, 1000], [7, 7, 7, 7, -1000]];

    [Fact]
    public void Standardised_on_the_training_rows_alone()
    {
        var targets = TargetEncoder.Standardize(["a", "b"], Columns, [0, 1, 2, 3]);

        Assert.Equal([5, 7], targets.Offsets);
        Assert.Equal([Math.Sqrt(5), 1], targets.Scales); // what does not vary is not divided
        Assert.Equal((float)(-3 / Math.Sqrt(5)), targets.Encode(0, 2));
        Assert.Equal(0, targets.Encode(1, 7));
    }

    [Fact]
    public void Decoding_undoes_encoding()
    {
        var targets = TargetEncoder.Standardize(["a", "b"], Columns, [0, 1, 2, 3]);

        foreach (double value in new[] { -40, 0, 2, 1e6 }) Assert.Equal(value, targets.Decode(0, targets.Encode(0, value)), 1e-6 * Math.Max(1, Math.Abs(value)));
        Assert.Equal(5, targets.Decode(0, 0));
    }

    [Fact]
    public void Inline_targets_are_used_as_they_are()
    {
        var targets = TargetEncoder.Identity(["y1"]);

        Assert.Equal(3.5f, targets.Encode(0, 3.5));
        Assert.Equal(3.5, targets.Decode(0, 3.5f));
    }
}
