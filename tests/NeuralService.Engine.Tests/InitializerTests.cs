namespace NeuralService.Engine.Tests;

/// <summary>First weights: their range or deviation, by fanIn = 300 inputs and fanOut = 100 units.</summary>
public class InitializerTests
{
    [Theory]
    [InlineData(Initializer.GlorotUniform, Activation.Tanh, 0.12247448714)]  // √(6/400)
    [InlineData(Initializer.HeUniform, Activation.Tanh, 0.14142135624)]      // √(6/300)
    [InlineData(Initializer.Uniform, Activation.Tanh, 0.05773502692)]        // 1/√300
    [InlineData(Initializer.Auto, Activation.Tanh, 0.12247448714)]
    [InlineData(Initializer.Auto, Activation.Sigmoid, 0.12247448714)]
    [InlineData(Initializer.Auto, Activation.Linear, 0.12247448714)]
    [InlineData(Initializer.Auto, Activation.Softmax, 0.12247448714)]
    [InlineData(Initializer.Auto, Activation.Relu, 0.14142135624)]
    [InlineData(Initializer.Auto, Activation.LeakyRelu, 0.14142135624)]
    public void Uniform_weights_fill_their_range(Initializer initializer, Activation activation, double limit)
    {
        float[] w = Draw(initializer, activation);

        Assert.All(w, v => Assert.InRange(v, -limit - 1e-7, limit + 1e-7));
        Assert.Equal(limit, w.Max(), limit * 0.001);
        Assert.Equal(-limit, w.Min(), limit * 0.001);
        Assert.Equal(0, w.Average(), limit * 0.02);
        Assert.Equal(limit / Math.Sqrt(3), Deviation(w), limit * 0.01);
    }

    [Theory]
    [InlineData(Initializer.GlorotNormal, 0.07071067812)] // √(2/400)
    [InlineData(Initializer.HeNormal, 0.08164965809)]     // √(2/300)
    public void Normal_weights_have_their_deviation(Initializer initializer, double deviation)
    {
        float[] w = Draw(initializer, Activation.Relu);

        Assert.Equal(0, w.Average(), deviation * 0.02);
        Assert.Equal(deviation, Deviation(w), deviation * 0.02);
        Assert.Contains(w, v => Math.Abs(v) > 3 * deviation); // no truncated tails
    }

    [Fact]
    public void Zeros_are_zeros() => Assert.All(Draw(Initializer.Zeros, Activation.Tanh), v => Assert.Equal(0, v));

    [Fact]
    public void Biases_start_at_0()
    {
        var network = Network.Initialize(new(3, [new(5, Activation.Relu), new(2, Activation.Softmax)], Loss.CrossEntropy), seed: 1);

        Assert.All(network.Biases(0).ToArray().Concat(network.Biases(1).ToArray()), b => Assert.Equal(0, b));
    }

    [Fact]
    public void The_seed_and_the_place_decide_and_nothing_else()
    {
        var net = new NetworkDefinition(4, [new(4, Activation.Tanh), new(4, Activation.Tanh)], Loss.SquaredError);
        var one = Network.Initialize(net, 7);

        Assert.Equal(one.Parameters, Network.Initialize(net, 7).Parameters);
        Assert.NotEqual(one.Parameters, Network.Initialize(net, 8).Parameters);
        Assert.NotEqual(one.Weights(0).ToArray(), one.Weights(1).ToArray()); // no layer repeats another
        // A third layer on top does not change what the first two start with.
        var taller = Network.Initialize(net with { Layers = [.. net.Layers, new(2, Activation.Linear)] }, 7);
        Assert.Equal(one.Parameters, taller.Parameters[..40]);
    }

    private static float[] Draw(Initializer initializer, Activation activation) =>
        Network.Initialize(new(300, [new(100, activation, Initializer: initializer)], Loss.SquaredError), seed: 3).Weights(0).ToArray();

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => (double)v * v));
}
