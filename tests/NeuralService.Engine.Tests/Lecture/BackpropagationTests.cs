namespace NeuralService.Engine.Tests.Lecture;

/// <summary>
/// Rows S44 to S52: backpropagation, and the slide's network worked by hand: x1 = 60, a hidden sigmoid with w11 = 0.1 into it and a = 0.37, w11 = 12 out of it,
/// a sigmoid output ŷ = 0.25 under binary cross-entropy with y = 1.
/// </summary>
public class BackpropagationTests
{
    private static readonly NetworkDefinition Slide =
        new(3, [new(1, Activation.Sigmoid), new(1, Activation.Sigmoid)], Loss.BinaryCrossEntropy);

    [Fact]
    public void S44_delta_of_a_layer_is_that_of_the_layer_above_through_its_weights_times_the_derivative()
    {
        var net = new NetworkDefinition(3, [new(4, Activation.Tanh), new(3, Activation.Sigmoid), new(2, Activation.Softmax)], Loss.CrossEntropy);
        var parameters = LayerParameters.Of(Network.Initialize(net, seed: 4));
        double[] x = [0.3, -0.8, 1.2];

        var layers = Trace.Of(net, parameters, x, [0, 1]).Layers;

        Assert.Equal([layers[2].A[0], layers[2].A[1] - 1], layers[2].Delta); // δ of the last layer: ŷ − y
        for (int l = 1; l >= 0; l--)
        {
            for (int k = 0; k < layers[l].Delta.Length; k++)
            {
                double a = layers[l].A[k], slope = l == 0 ? 1 - a * a : a * (1 - a);
                double back = layers[l + 1].Delta.Select((d, j) => parameters[l + 1].Weights[j][k] * d).Sum();
                Assert.Equal(back * slope, layers[l].Delta[k], 1e-12);
            }
        }

        for (int l = 0; l < 3; l++)
        {
            double[] below = l == 0 ? x : layers[l - 1].A;
            Assert.Equal(layers[l].Delta, layers[l].BiasGradients);
            for (int j = 0; j < layers[l].Delta.Length; j++) Assert.Equal(below.Select(a => a * layers[l].Delta[j]), layers[l].WeightGradients[j]);
        }
    }

    [Fact]
    public void S44_a_softmax_needs_its_whole_Jacobian_not_only_the_diagonal()
    {
        var net = Training.OneLayer(1, 3, Activation.Softmax); // squared error
        var trace = Trace.Of(net, [new([[1], [0], [-0.5]], [0, 0, 0])], [1], [0, 1, 0]);
        double[] p = trace.Output, slope = [p[0], p[1] - 1, p[2]];

        for (int k = 0; k < 3; k++)
        {
            double whole = Enumerable.Range(0, 3).Sum(j => slope[j] * p[j] * ((j == k ? 1 : 0) - p[k]));
            Assert.Equal(whole, trace.Layers[0].Delta[k], 1e-12);
            Assert.NotEqual(slope[k] * p[k] * (1 - p[k]), trace.Layers[0].Delta[k], 1e-3); // the elementwise form
        }
    }

    [Fact]
    public void S45_the_chain_of_a_thin_network_has_each_factor_once_and_ends_in_its_own_layer()
    {
        var net = new NetworkDefinition(1, [new(1, Activation.Sigmoid), new(1, Activation.Sigmoid), new(1, Activation.Sigmoid)], Loss.SquaredError);
        LayerParameters[] parameters = [new([[0.4]], [0.1]), new([[-1.2]], [0.3]), new([[0.8]], [-0.2])];
        var layers = Trace.Of(net, parameters, [1.5], [1]).Layers;
        double a1 = layers[0].A[0], a2 = layers[1].A[0], y = layers[2].A[0];
        double dy = y - 1, dz3 = y * (1 - y), dz2 = a2 * (1 - a2), dz1 = a1 * (1 - a1);

        Assert.Equal(dy * dz3 * a2, layers[2].WeightGradients[0][0], 1e-14);
        Assert.Equal(dy * dz3 * 0.8 * dz2 * a1, layers[1].WeightGradients[0][0], 1e-14);
        Assert.Equal(dy * dz3 * 0.8 * dz2 * -1.2 * dz1 * 1.5, layers[0].WeightGradients[0][0], 1e-14);
    }

    [Fact]
    public void S46_the_output_delta_is_minus_three_quarters()
    {
        double output = 0.25, delta = Worked(0.37).Layers[1].Delta[0];

        Assert.Equal(-0.75, delta, 1e-12);
        Assert.Equal(-4, delta / (output * (1 - output)), 1e-11); // ∂L/∂ŷ = −y/ŷ
    }

    [Fact]
    public void S47_the_upper_weight_12_becomes_12_0028()
    {
        double gradient = Worked(0.37).Layers[1].WeightGradients[0][0]; // of w11, printed w21

        Assert.Equal(-0.2775, gradient, 1e-12);
        Assert.Equal(12.002775, 12 - 0.01 * gradient, 1e-12);
    }

    [Fact]
    public void S48_the_gradient_of_the_lower_weight()
    {
        var hidden = Worked(0.37).Layers[0];

        Assert.Equal(0.2331, hidden.A[0] * (1 - hidden.A[0]), 1e-12);
        Assert.Equal(-2.0979, hidden.Delta[0], 1e-11);
        Assert.Equal(-125.874, hidden.WeightGradients[0][0], 1e-9);
    }

    [Fact]
    public void S49_the_lower_weight_becomes_1_35874() // printed 1.35, which is cut
    {
        Assert.Equal(1.35874, 0.1 - 0.01 * Worked(0.37).Layers[0].WeightGradients[0][0], 1e-11);
    }

    [Fact]
    public void S50_z_is_minus_one_half_where_the_slide_prints_one_half()
    {
        Assert.Equal(0.6224593312, Elementary.Sigmoid(0.5), 1e-10);
        Assert.Equal(0.3775406688, Elementary.Sigmoid(-0.5), 1e-10);
        Assert.Equal(-0.5322168137, Elementary.Log(0.37 / 0.63), 1e-10);

        var asPrinted = Worked(Elementary.Sigmoid(0.5)).Layers[0];
        Assert.Equal(-2.1150334098, asPrinted.Delta[0], 1e-9);
        Assert.Equal(-126.9020045889, asPrinted.WeightGradients[0][0], 1e-8);
    }

    [Fact]
    public void S51_the_stray_number_in_the_figure_fits_the_sigmoid_of_minus_3() => Assert.Equal(0.0474258732, Elementary.Sigmoid(-3), 1e-10);

    [Theory]
    [InlineData(60, -125.874)]
    [InlineData(1, -2.0979)]
    public void S52_the_gradient_of_the_third_lower_weight_is_delta_times_x3(double x3, double expected) =>
        Assert.Equal(expected, Worked(0.37, x3).Layers[0].WeightGradients[0][2], 1e-9);

    // The biases are what they must be for a and ŷ to be those of the slide.
    private static Trace Worked(double a, double x3 = 0)
    {
        double hidden = Math.Log(a / (1 - a)) - 0.1 * 60, output = Math.Log(0.25 / 0.75) - 12 * a;
        return Trace.Of(Slide, [new([[0.1, 0, 0]], [hidden]), new([[12]], [output])], [60, 0, x3], [1]);
    }
}
