namespace NeuralService.Engine.Tests.Lecture;

/// <summary>Rows S28 to S34: layers, the shapes of their parameters, and the list of gradients.</summary>
public class NetworkShapeTests
{
    // The lecture's network 3-5-4-3.
    private static readonly NetworkDefinition Net = new(3, [new(5, Activation.Sigmoid), new(4, Activation.Sigmoid), new(3, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly Network Drawn = Network.Initialize(Net, seed: 1);

    [Fact]
    public void S28_each_layer_is_z_equals_W_a_plus_b_with_a_bias_of_its_own_for_each_unit()
    {
        var parameters = LayerParameters.Of(Drawn);
        parameters[2].Biases[0] = 0.1;
        parameters[2].Biases[1] = 0.2;
        parameters[2].Biases[2] = 0.3;
        double[] x = [0.5, -1, 2];

        var layers = Trace.Of(Net, parameters, x, [1, 0, 0]).Layers;

        for (int l = 0; l < 3; l++)
        {
            double[] below = l == 0 ? x : layers[l - 1].A;
            for (int j = 0; j < layers[l].Z.Length; j++)
                Assert.Equal(parameters[l].Biases[j] + below.Select((a, k) => parameters[l].Weights[j][k] * a).Sum(), layers[l].Z[j], 1e-12);
            if (l < 2) Assert.Equal(layers[l].Z.Select(Elementary.Sigmoid), layers[l].A);
        }
    }

    [Fact]
    public void S28_the_last_weight_of_row_4_of_W2_leads_from_a5_to_z4()
    {
        // Printed W55, must be W45.
        var parameters = LayerParameters.Of(Drawn);
        double[] before = Trace.Of(Net, parameters, [0.5, -1, 2], [1, 0, 0]).Layers[1].Z;
        var lower = Trace.Of(Net, parameters, [0.5, -1, 2], [1, 0, 0]).Layers[0];
        parameters[1].Weights[3][4] += 1;
        double[] after = Trace.Of(Net, parameters, [0.5, -1, 2], [1, 0, 0]).Layers[1].Z;

        Assert.Equal([0, 0, 0], new[] { 0, 1, 2 }.Select(j => after[j] - before[j]));
        Assert.Equal(lower.A[4], after[3] - before[3], 1e-12);
    }

    [Fact]
    public void S29_the_network_3_5_4_3_has_47_weights_and_12_biases()
    {
        Assert.Equal([15, 20, 12], Enumerable.Range(0, 3).Select(l => Drawn.Weights(l).Length));
        Assert.Equal([5, 4, 3], Enumerable.Range(0, 3).Select(l => Drawn.Biases(l).Length));
        Assert.Equal(59, Net.ParameterCount);
        Assert.Equal(59, Drawn.Parameters.Length);
    }

    [Theory]
    [InlineData(new[] { 3, 5, 4, 3 }, 59)]
    [InlineData(new[] { 2, 4, 2 }, 22)]
    [InlineData(new[] { 7, 1 }, 8)]
    [InlineData(new[] { 4, 10, 9, 8, 7, 6, 5, 4, 3 }, 50 + 99 + 80 + 63 + 48 + 35 + 24 + 15)]
    public void S30_the_number_of_parameters_is_a_sum_over_the_layers(int[] sizes, long expected)
    {
        // As printed, (L−1)·n·n + n²·k is a product and gives 42 or 52 weights for 3-5-4-3, not 47.
        Assert.Equal(expected, DefinitionOf(sizes).ParameterCount);
        Assert.Equal(expected, Enumerable.Range(1, sizes.Length - 1).Sum(i => (long)sizes[i] * sizes[i - 1] + sizes[i]));
    }

    [Fact]
    public void S30_a_count_beyond_32_bits_is_counted_and_beyond_64_bits_refused()
    {
        Assert.Equal(1_000_000_000L * 1_000_000_001L, DefinitionOf([1_000_000_000, 1_000_000_000]).ParameterCount);
        Assert.Throws<OverflowException>(() => DefinitionOf([2_000_000_000, 2_000_000_000, 2_000_000_000, 2_000_000_000, 2_000_000_000]).ParameterCount);
    }

    [Fact]
    public void S31_the_last_layer_has_k_rows_of_the_units_below_and_k_biases()
    {
        Assert.Equal(3 * 4, Drawn.Weights(2).Length);
        Assert.Equal(3, Drawn.Biases(2).Length);
        Assert.Equal((3, 4), (LayerParameters.Of(Drawn)[2].Weights.Length, LayerParameters.Of(Drawn)[2].Weights[0].Length));
    }

    [Fact]
    public void S32_S34_the_list_of_gradients_has_the_shapes_of_weights_and_biases()
    {
        var trace = Trace.Of(Net, LayerParameters.Of(Drawn), [0.5, -1, 2], [0, 1, 0]);

        Assert.Equal([(5, 3), (4, 5), (3, 4)], trace.Layers.Select(l => (l.WeightGradients.Length, l.WeightGradients[0].Length)));
        Assert.Equal([5, 4, 3], trace.Layers.Select(l => l.BiasGradients.Length)); // ∂L/∂b, printed ∂L/∂h
        float[] gradient = Drawn.Gradient(Samples.WithClasses([0.5f, -1, 2], 3, [1], 3));
        Assert.Equal(Drawn.Parameters.Length, gradient.Length);
        for (int l = 0; l < 3; l++)
        {
            Assert.Equal(trace.Layers[l].WeightGradients.SelectMany(w => w), Drawn.WeightsOf(gradient, l).ToArray().Select(g => (double)g), Within(1e-6));
            Assert.Equal(trace.Layers[l].BiasGradients, Drawn.BiasesOf(gradient, l).ToArray().Select(g => (double)g), Within(1e-6));
        }
    }

    [Fact]
    public void S33_the_squared_error_is_squared_and_so_has_a_least_value()
    {
        // As printed, Σ (ŷ − y) falls without end as ŷ falls.
        var net = Training.OneLayer(1, 1, Activation.Linear);
        double[] losses = [.. new[] { -1e6, -1, 0, 1, 1e6 }.Select(output => Trace.Of(net, [new([[0]], [output])], [1], [0]).Loss)];

        Assert.Equal([0.5e12, 0.5, 0, 0.5, 0.5e12], losses);
    }

    [Fact]
    public void S34_gradient_descent_stops_at_its_largest_number_of_iterations()
    {
        var network = Network.Initialize(Net, seed: 1);
        float[] before = [.. network.Parameters];
        var samples = Samples.WithClasses([0.5f, -1, 2, 1, 0, -1], 3, [1, 2], 3);
        var gradient = network.Gradient(samples);
        var options = new TrainingOptions { Epochs = 1, BatchSize = null, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 0.1 } };

        Training.Run(network, samples, options);
        Assert.Equal(before.Zip(gradient, (w, g) => (double)(w - 0.1f * g)), network.Parameters.Select(w => (double)w), Within(1e-7)); // θ ← θ − η·∇θ

        var (reason, history) = Training.Run(Network.Initialize(Net, seed: 1), samples, options with { Epochs = 1000 });
        Assert.Equal((StopReason.Epochs, 1001), (reason, history.Count));
    }

    private static NetworkDefinition DefinitionOf(int[] sizes) =>
        new(sizes[0], [.. sizes[1..].Select(n => new LayerDefinition(n, Activation.Tanh))], Loss.SquaredError);

    private static EqualityComparer<double> Within(double tolerance) => EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) <= tolerance, _ => 0);
}
