namespace NeuralService.Engine.Tests;

/// <summary>Inverted dropout: while training some outputs are 0 and the others larger; at prediction nothing is dropped.</summary>
public class DropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void The_share_dropped_is_p_and_the_others_are_divided_by_1_minus_p(double p)
    {
        var mask = new float[20_000];
        new DropoutPosition(Seed: 1, Epoch: 1, FirstRow: 0).FillMask(new(100, Activation.Relu, Dropout: p), 0, 0, mask);

        Assert.All(mask, m => Assert.True(m == 0 || m == (float)(1 / (1 - p))));
        Assert.Equal(p, mask.Count(m => m == 0) / 20_000.0, 0.012);
        Assert.Equal(1, mask.Average(), 0.12 * p / (1 - p) + 0.02); // what comes through is the same on average
    }

    [Fact]
    public void A_mask_belongs_to_seed_epoch_layer_and_place_and_not_to_the_batch()
    {
        var layer = new LayerDefinition(7, Activation.Relu, Dropout: 0.5);
        float[] together = Mask(new(1, 1, 0), 0, rows: 6), second = Mask(new(1, 1, 3), 0, rows: 3);

        Assert.Equal(together[21..], second); // rows 3 to 5, drawn with rows 0 to 2 or without
        Assert.NotEqual(together, Mask(new(2, 1, 0), 0, 6));
        Assert.NotEqual(together, Mask(new(1, 2, 0), 0, 6));
        Assert.NotEqual(together, Mask(new(1, 1, 0), 1, 6));

        float[] Mask(DropoutPosition position, int index, int rows)
        {
            var mask = new float[rows * layer.Units];
            position.FillMask(layer, index, 0, mask);
            return mask;
        }
    }

    [Fact]
    public void Nothing_is_dropped_when_predicting_or_evaluating()
    {
        NetworkDefinition with = new(3, [new(50, Activation.Tanh, Dropout: 0.9), new(2, Activation.Softmax)], Loss.CrossEntropy);
        NetworkDefinition without = new(3, [new(50, Activation.Tanh), new(2, Activation.Softmax)], Loss.CrossEntropy);
        float[] parameters = Network.Initialize(with, 1).Parameters;
        var samples = Samples.WithClasses([1, 2, 3, -1, 0, 1], 3, [0, 1], 2);

        Assert.Equal(new Network(without, parameters).Predict(1, 2, 3), new Network(with, parameters).Predict(1, 2, 3));
        Assert.Equal(Evaluator.Evaluate(new(without, parameters), samples, true), Evaluator.Evaluate(new(with, parameters), samples, true));
    }
}
