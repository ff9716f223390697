namespace NeuralService.Engine.Tests;

/// <summary>Every activation with every loss that it may stand under: backpropagation against central differences of the loss.</summary>
public class GradientTests
{
    public static TheoryData<Activation, Activation, Loss> EveryHiddenAndOutputPair
    {
        get
        {
            var data = new TheoryData<Activation, Activation, Loss>();
            foreach (var hidden in Enum.GetValues<Activation>().Where(a => a is not (Activation.Softmax or Activation.Step)))
            {
                data.Add(hidden, Activation.Softmax, Loss.CrossEntropy);
                data.Add(hidden, Activation.Sigmoid, Loss.BinaryCrossEntropy);
                foreach (var output in Enum.GetValues<Activation>().Where(a => a != Activation.Step)) data.Add(hidden, output, Loss.SquaredError);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryHiddenAndOutputPair))]
    public void Backpropagation_agrees_with_central_differences(Activation hidden, Activation output, Loss loss)
    {
        var net = new NetworkDefinition(3, [new(5, hidden, 0.2), new(4, hidden, 0.2), new(3, output, 0.3)], loss);
        var network = WithBiases(Network.Initialize(net, seed: 8));
        var rows = Training.RowsFor(net, 6, seed: 4);
        var twin = ScalarTwin.Of(network);

        double[] numeric = twin.NumericGradient(rows), written = twin.Gradient(rows);
        float[] engine = network.Gradient(rows.ToSamples());

        Assert.Contains(numeric, g => Math.Abs(g) > 1e-3);
        for (int i = 0; i < numeric.Length; i++)
        {
            Assert.Equal(numeric[i], written[i], 2e-9);
            Assert.Equal(numeric[i], engine[i], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(EveryHiddenAndOutputPair))]
    public void The_trace_agrees_with_central_differences_and_with_its_own_check(Activation hidden, Activation output, Loss loss)
    {
        var net = new NetworkDefinition(3, [new(5, hidden, 0.2), new(4, hidden, 0.2), new(3, output, 0.3)], loss);
        var network = WithBiases(Network.Initialize(net, seed: 9));
        var rows = Training.RowsFor(net, 1, seed: 6);
        var parameters = LayerParameters.Of(network);
        var twin = ScalarTwin.Of(network);

        var trace = Trace.Of(net, parameters, rows.X[0], rows.Y[0]);

        Assert.Equal(twin.MeanLoss(rows), trace.Loss, 1e-12);
        double[] numeric = twin.NumericGradient(rows), traced = Flat(trace);
        for (int i = 0; i < numeric.Length; i++) Assert.Equal(numeric[i], traced[i], 2e-9);
        Assert.All(GradientCheck.Run(net, parameters, rows.X[0], rows.Y[0], trace), difference => Assert.InRange(difference, 0, 1e-5));
    }

    [Fact]
    public void The_gradient_check_finds_a_wrong_gradient_and_says_in_which_layer()
    {
        var net = new NetworkDefinition(2, [new(3, Activation.Tanh), new(2, Activation.Softmax)], Loss.CrossEntropy);
        var parameters = LayerParameters.Of(Network.Initialize(net, 1));
        var trace = Trace.Of(net, parameters, [0.5, -1], [0, 1]);
        trace.Layers[0].WeightGradients[1][0] *= 1.01;

        double[] differences = GradientCheck.Run(net, parameters, [0.5, -1], [0, 1], trace);

        Assert.InRange(differences[0], 0.005, 0.02);
        Assert.InRange(differences[1], 0, 1e-6);
    }

    [Fact]
    public void The_gradient_check_puts_the_parameters_back()
    {
        var net = new NetworkDefinition(2, [new(3, Activation.Tanh), new(1, Activation.Linear)], Loss.SquaredError);
        var network = Network.Initialize(net, 1);
        var parameters = LayerParameters.Of(network);

        GradientCheck.Run(net, parameters, [0.5, -1], [2], Trace.Of(net, parameters, [0.5, -1], [2]));

        Assert.Equal(LayerParameters.Of(network).SelectMany(l => l.Weights).SelectMany(w => w), parameters.SelectMany(l => l.Weights).SelectMany(w => w));
    }

    [Fact]
    public void Row_weights_multiply_the_gradients_of_their_rows()
    {
        var net = new NetworkDefinition(3, [new(4, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy);
        var network = Network.Initialize(net, seed: 3);
        var rows = Training.RowsFor(net, 5, seed: 1) with { Weights = [0.5, 2, 0, 1, 3] };

        double[] written = ScalarTwin.Of(network).Gradient(rows);
        float[] engine = network.Gradient(rows.ToSamples());

        for (int i = 0; i < written.Length; i++) Assert.Equal(written[i], engine[i], 1e-6);
    }

    [Theory]
    [InlineData(Activation.Relu, 0, 0)]        // the slide draws 1
    [InlineData(Activation.LeakyRelu, 0, 0.2)] // the slide draws 1
    [InlineData(Activation.Relu, -1e-30, 0)]
    [InlineData(Activation.Relu, 1e-30, 1)]
    [InlineData(Activation.LeakyRelu, -1e-30, 0.2)]
    [InlineData(Activation.LeakyRelu, 1e-30, 1)]
    public void The_derivative_at_and_beside_the_kink(Activation activation, double z, double expected)
    {
        // ŷ = g(w·x) with x = 1, y = ŷ − 1: ∂L/∂ŷ = 1, so ∂L/∂w is g'(z) itself.
        var net = new NetworkDefinition(1, [new(1, activation, 0.2)], Loss.SquaredError);
        var network = new Network(net, [(float)z, 0]);
        float target = network.Predict(1)[0] - 1;

        Assert.Equal(expected, network.Gradient(Samples.WithTargets([1], 1, [target], 1))[0], 1e-7);
        Assert.Equal(expected, Trace.Of(net, LayerParameters.Of(network), [1], [target]).Layers[0].Delta[0], 1e-7);
    }

    [Fact]
    public void A_layer_without_bias_has_no_bias_gradient()
    {
        var net = new NetworkDefinition(2, [new(3, Activation.Tanh, Bias: false), new(1, Activation.Linear)], Loss.SquaredError);
        var network = Network.Initialize(net, 1);

        float[] gradient = network.Gradient(Samples.WithTargets([0.3f, -0.4f], 2, [1], 1));

        Assert.All(network.BiasesOf(gradient, 0).ToArray(), g => Assert.Equal(0, g));
        Assert.NotEqual(0, network.BiasesOf(gradient, 1)[0]);
        Assert.All(Trace.Of(net, LayerParameters.Of(network), [0.3, -0.4], [1]).Layers[0].BiasGradients, g => Assert.Equal(0, g));
    }

    private static double[] Flat(Trace trace) => [.. trace.Layers.SelectMany(l => l.WeightGradients.SelectMany(w => w).Concat(l.BiasGradients))];

    private static Network WithBiases(Network network)
    {
        for (int l = 0; l < network.Definition.Layers.Count; l++)
        {
            // Above 0, so that no relu of the last layers is silent on every row.
            for (int j = 0; j < network.Biases(l).Length; j++) network.Biases(l)[j] = 0.1f + 0.05f * j;
        }

        return network;
    }
}
