namespace NeuralService.Engine.Tests.Lecture;

/// <summary>Rows S08 to S13: activation functions, their derivatives, and one neuron with two inputs.</summary>
public class ActivationTests
{
    [Fact]
    public void S08_the_sigmoid_has_its_limits_and_one_half_at_0_and_never_overflows()
    {
        Assert.Equal(0.5, Elementary.Sigmoid(0));
        Assert.Equal(1, Elementary.Sigmoid(1000));
        Assert.Equal(0, Elementary.Sigmoid(-1000));
        Assert.InRange(Elementary.Sigmoid(30), 0.9999999, 1 - 1e-14);
        Assert.InRange(Elementary.Sigmoid(-30), 1e-14, 1e-7);
        var network = new Network(Training.OneLayer(1, 1, Activation.Sigmoid), [1, 0]);
        Assert.Equal([0f, 0.5f, 1f], new[] { -1000f, 0, 1000 }.Select(z => network.Predict(z)[0]));
    }

    [Theory]
    [InlineData(-2, 0.104993585404)]
    [InlineData(-1, 0.196611933241)]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.196611933241)]
    [InlineData(2, 0.104993585404)]
    public void S09_the_derivative_of_the_sigmoid(double z, double expected) => Assert.Equal(expected, DerivativeAt(z, Activation.Sigmoid), 1e-11);

    [Theory]
    [InlineData(-2, 0.070650824853)]
    [InlineData(-1, 0.419974341614)]
    [InlineData(0, 1)]
    [InlineData(1, 0.419974341614)]
    [InlineData(2, 0.070650824853)]
    public void S10_the_derivative_of_tanh(double z, double expected) => Assert.Equal(expected, DerivativeAt(z, Activation.Tanh), 1e-11);

    [Theory]
    [InlineData(-2)]
    [InlineData(0)]
    [InlineData(2)]
    public void S10_the_derivative_of_linear_is_1(double z) => Assert.Equal(1, DerivativeAt(z, Activation.Linear));

    [Theory]
    [InlineData(-2, 0, 0.1)]
    [InlineData(0, 0, 0.1)] // the slide draws 1 at 0
    [InlineData(2, 1, 1)]
    public void S11_the_derivatives_of_relu_and_leaky_relu(double z, double relu, double leaky)
    {
        Assert.Equal(relu, DerivativeAt(z, Activation.Relu), 1e-12);
        Assert.Equal(leaky, DerivativeAt(z, Activation.LeakyRelu), 1e-12);
    }

    // z = 1 + 2·x1 − 3·x2.
    [Theory]
    [InlineData(0, 0, 1, 0.7310585786, 1)]
    [InlineData(1, 1, 0, 0.5, 1)]
    [InlineData(1, 0, 3, 0.9525741268, 1)]
    [InlineData(0, 1, -2, 0.1192029220, 0)]
    [InlineData(2, 1, 2, 0.8807970780, 1)]
    [InlineData(1, 2, -3, 0.0474258732, 0)]
    public void S12_S13_a_neuron_with_weights_2_and_minus_3_and_bias_1(float x1, float x2, double z, double sigmoid, double step)
    {
        LayerParameters[] parameters = [new([[2, -3]], [1])];
        var trace = Trace.Of(Training.OneLayer(2, 1, Activation.Sigmoid), parameters, [x1, x2], [0]);

        Assert.Equal(z, trace.Layers[0].Z[0]);
        Assert.Equal(sigmoid, trace.Output[0], 1e-10);
        Assert.Equal(sigmoid, new Network(Training.OneLayer(2, 1, Activation.Sigmoid), [2, -3, 1]).Predict(x1, x2)[0], 1e-7);
        Assert.Equal(step, new Network(Training.OneLayer(2, 1, Activation.Step), [2, -3, 1]).Predict(x1, x2)[0]);
    }

    // ŷ = g(z) with target ŷ − 1, so that ∂L/∂ŷ = 1 and δ is g'(z).
    private static double DerivativeAt(double z, Activation activation)
    {
        var net = new NetworkDefinition(1, [new(1, activation, 0.1)], Loss.SquaredError);
        LayerParameters[] parameters = [new([[1]], [0])];
        double output = Trace.Of(net, parameters, [z], [0]).Output[0];
        return Trace.Of(net, parameters, [z], [output - 1]).Layers[0].Delta[0];
    }
}
