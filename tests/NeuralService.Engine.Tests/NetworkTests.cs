using System.Security.Cryptography;

namespace NeuralService.Engine.Tests;

/// <summary>The parameters of a network: their order and their fingerprint.</summary>
public class NetworkTests
{
    private static readonly NetworkDefinition Net = new(2, [new(3, Activation.Tanh), new(1, Activation.Linear)], Loss.SquaredError);

    [Fact]
    public void Parameters_lie_layer_by_layer_weights_row_by_row_then_biases()
    {
        var network = new Network(Net, [.. Enumerable.Range(0, 13).Select(i => (float)i)]);

        Assert.Equal([0f, 1, 2, 3, 4, 5], network.Weights(0).ToArray());
        Assert.Equal([6f, 7, 8], network.Biases(0).ToArray());
        Assert.Equal([9f, 10, 11], network.Weights(1).ToArray());
        Assert.Equal([12f], network.Biases(1).ToArray());
        var layers = LayerParameters.Of(network);
        Assert.Equal([2.0, 3.0], layers[0].Weights[1]); // row 1: into unit 1, from inputs 0 and 1
        Assert.Equal([6.0, 7.0, 8.0], layers[0].Biases);
    }

    [Fact]
    public void A_layer_without_bias_stores_its_zeros_and_does_not_count_them_as_trained()
    {
        var net = Net with { Layers = [Net.Layers[0] with { Bias = false }, Net.Layers[1]] };

        Assert.Equal((13, 10), (net.ParameterCount, net.TrainedParameterCount));
    }

    [Fact]
    public void A_wrong_number_of_parameters_is_refused_with_both_numbers()
    {
        var refusal = Assert.Throws<ArgumentException>(() => new Network(Net, new float[12]));

        Assert.Contains("13", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("12", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(double.NaN)]
    public void A_leaky_relu_that_falls_below_0_is_refused_because_its_gradient_would_be_wrong(double slope)
    {
        var refusal = Assert.Throws<ArgumentException>(() => Network.Initialize(new(1, [new(1, Activation.LeakyRelu, slope)], Loss.SquaredError), 1));

        Assert.Contains("0 or more", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_is_over_little_endian_float32_in_that_order()
    {
        // More than one 4096-byte piece.
        var net = Training.OneLayer(1500, 1, Activation.Linear);
        var network = Network.Initialize(net, 1);
        byte[] bytes = [.. network.Parameters.SelectMany(p =>
        {
            uint bits = BitConverter.SingleToUInt32Bits(p);
            return new[] { (byte)bits, (byte)(bits >> 8), (byte)(bits >> 16), (byte)(bits >> 24) };
        })];

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), network.WeightsSha256());
    }
}
