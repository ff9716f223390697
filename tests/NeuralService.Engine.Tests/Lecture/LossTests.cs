namespace NeuralService.Engine.Tests.Lecture;

/// <summary>Rows S35 to S43: losses, outputs and their pairing.</summary>
public class LossTests
{
    private static readonly NetworkDefinition Softmax3 = Training.OneLayer(1, 3, Activation.Softmax, Loss.CrossEntropy);

    [Fact]
    public void S35_the_squared_error_has_the_scale_1_over_2m()
    {
        // Two rows of two outputs: errors (1, 2) and (3, 0); Σ‖ŷ − y‖² = 14, m = 2.
        var network = new Network(Training.OneLayer(1, 2, Activation.Linear), [0, 0, 0, 0]);
        var samples = Samples.WithTargets([1, 1], 1, [1, 2, 3, 0], 2);

        Assert.Equal(14 / 4.0, Evaluator.Evaluate(network, samples, classifies: false).Loss);
    }

    [Theory]
    [InlineData(1e-3, -0.000998001, -0.999)]
    [InlineData(1e-6, -9.99998e-7, -0.999999)]
    public void S36_under_squared_error_a_sigmoid_that_is_wrong_and_sure_hardly_learns(double output, double squaredError, double crossEntropy)
    {
        double z = Math.Log(output / (1 - output));
        LayerParameters[] parameters = [new([[0]], [z])];

        Assert.Equal(squaredError, Delta(Loss.SquaredError), 1e-12);
        Assert.Equal(crossEntropy, Delta(Loss.BinaryCrossEntropy), 1e-12);
        float[] trained = new Network(Training.OneLayer(1, 1, Activation.Sigmoid), [0, (float)z]).Gradient(Samples.WithTargets([1], 1, [1], 1));
        Assert.Equal(squaredError, trained[1], 1e-6 * Math.Abs(squaredError));

        double Delta(Loss loss) => Trace.Of(Training.OneLayer(1, 1, Activation.Sigmoid, loss), parameters, [1], [1]).Layers[0].Delta[0];
    }

    [Fact]
    public void S37_the_cross_entropy_is_in_nats()
    {
        // p = ¼ for each of four classes: −ln ¼ = 1.386 nats, which are 2 bits.
        var net = Training.OneLayer(1, 4, Activation.Softmax, Loss.CrossEntropy);
        double loss = Trace.Of(net, [new([[0], [0], [0], [0]], [0, 0, 0, 0])], [1], [0, 1, 0, 0]).Loss;

        Assert.Equal(1.3862943611, loss, 1e-10);
        Assert.Equal(2, loss / Math.Log(2), 1e-12);
    }

    [Fact]
    public void S38_the_loss_is_minus_the_logarithm_of_the_probability_of_the_class()
    {
        var trace = Trace.Of(Softmax3, [new([[1], [0], [-1]], [0, 0.5, 0])], [2], [0, 0, 1]);

        Assert.Equal(trace.Output[2], Math.Exp(-trace.Loss), 1e-12);
    }

    [Theory]
    [InlineData(0, 1)] // ŷ = ½: equality counts as positive
    [InlineData(-1e-6, 0)]
    [InlineData(1e-6, 1)]
    public void S39_one_sigmoid_output_classifies_at_one_half(double z, int expected)
    {
        var network = new Network(Training.OneLayer(1, 1, Activation.Sigmoid, Loss.BinaryCrossEntropy), [0, (float)z]);

        Assert.Equal(1, Evaluator.Evaluate(network, Samples.WithClasses([1], 1, [expected], 1), classifies: true).Accuracy);
        Assert.Equal(0, Evaluator.Evaluate(network, Samples.WithClasses([1], 1, [1 - expected], 1), classifies: true).Accuracy);
    }

    [Fact]
    public void S40_the_softmax_of_10_20_minus_30_and_its_cross_entropies()
    {
        LayerParameters[] parameters = [new([[10], [20], [-30]], [0, 0, 0])];
        double[] p = Trace.Of(Softmax3, parameters, [1], [1, 0, 0]).Output, expected = [4.5397868702e-05, 0.9999546021313, 1.9286622868e-22];
        double[] losses = [10.0000453989, 4.5398899e-05, 50.0000453989];
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(expected[k], p[k], 1e-10 * expected[k]);
            Assert.Equal(losses[k], Trace.Of(Softmax3, parameters, [1], Training.OneHot(k, 3)).Loss, 1e-10);
        }

        Assert.Equal(1, p.Sum(), 1e-15);
        var network = new Network(Softmax3, [10, 20, -30, 0, 0, 0]);
        Assert.Equal(expected.Select(v => (float)v), network.Predict(1), (a, b) => Math.Abs(a - b) <= 1e-6f * a);
        Assert.Equal(50.0000453989, Evaluator.Evaluate(network, Samples.WithClasses([1], 1, [2], 3), classifies: true).Loss, 1e-9);
    }

    [Fact]
    public void S41_the_softmax_neither_overflows_nor_changes_when_all_logits_move_together()
    {
        var network = new Network(Training.OneLayer(1, 2, Activation.Softmax, Loss.CrossEntropy), [1000, 1001, 0, 0]);
        float[] p = network.Predict(1);

        Assert.Equal(1 / (1 + Math.E), p[0], 1e-7);
        Assert.Equal(Math.E / (1 + Math.E), p[1], 1e-7);
        Assert.Equal(p, new Network(network.Definition, [0, 1, 0, 0]).Predict(1));
        Assert.Equal([0f, 1f], new Network(network.Definition, [-1e30f, 1e30f, 0, 0]).Predict(1));
        Assert.Equal(2e30, Evaluator.Evaluate(new Network(network.Definition, [-1e30f, 1e30f, 0, 0]), Samples.WithClasses([1], 1, [0], 2), true).Loss, 1e24);
    }

    [Theory]
    [InlineData(Activation.Linear, Loss.SquaredError)]         // real values
    [InlineData(Activation.Softmax, Loss.CrossEntropy)]        // probabilities
    [InlineData(Activation.Sigmoid, Loss.BinaryCrossEntropy)]
    public void S42_output_and_loss_are_paired_so_that_the_output_delta_is_the_error(Activation output, Loss loss)
    {
        var net = Training.OneLayer(1, 3, output, loss);
        var trace = Trace.Of(net, [new([[0.2], [-0.4], [0.7]], [0, 0.1, 0])], [1.5], [0, 1, 0]);

        Assert.Equal(trace.Output.Zip(new double[] { 0, 1, 0 }, (p, y) => p - y), trace.Layers[0].Delta);
    }

    [Theory]
    [InlineData(0.25, 1)]
    [InlineData(0.25, 0)]
    [InlineData(0.9, 1)]
    public void S43_binary_cross_entropy_with_a_sigmoid(double output, double y)
    {
        double z = Math.Log(output / (1 - output)), x = 3;
        var layer = Trace.Of(Training.OneLayer(1, 1, Activation.Sigmoid, Loss.BinaryCrossEntropy), [new([[0]], [z])], [x], [y]).Layers[0];
        double slope = -y / output + (1 - y) / (1 - output);

        Assert.Equal(slope * output * (1 - output), layer.Delta[0], 1e-12);       // the chain rule
        Assert.Equal(output - y, layer.Delta[0], 1e-12);                          // what is left of it
        Assert.Equal((output - y) * x, layer.WeightGradients[0][0], 1e-12);
        Assert.Equal(output - y, layer.BiasGradients[0], 1e-12);                  // missing on the slide
    }

    [Theory]
    [InlineData(2000, 1)]
    [InlineData(-2000, 0)]
    public void S43_binary_cross_entropy_stays_finite_where_the_output_has_become_0_or_1(float z, int right)
    {
        var network = new Network(Training.OneLayer(1, 1, Activation.Sigmoid, Loss.BinaryCrossEntropy), [0, z]);

        Assert.Equal(0, Evaluator.Evaluate(network, Samples.WithClasses([1], 1, [right], 1), classifies: true).Loss);
        Assert.Equal(2000, Evaluator.Evaluate(network, Samples.WithClasses([1], 1, [1 - right], 1), classifies: true).Loss);
    }
}
