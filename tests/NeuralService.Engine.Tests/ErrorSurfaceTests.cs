namespace NeuralService.Engine.Tests;

/// <summary>The loss over a grid of two parameters; its values on the lecture's example are row S25.</summary>
public class ErrorSurfaceTests
{
    private static readonly NetworkDefinition Net = new(2, [new(3, Activation.Tanh), new(2, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly double[][] X = [[0.5, -1], [1, 2]], Y = [[1, 0], [0, 1]];

    [Fact]
    public void Each_value_is_the_loss_of_the_network_with_those_two_parameters()
    {
        var network = Network.Initialize(Net, 1);
        double[] first = [-1, 0, 2], second = [0.5, 1];
        double[][] surface = ErrorSurface.Compute(
            Net, LayerParameters.Of(network), X, Y, new(0, 2, 1, first), new(1, 0, null, second), CancellationToken.None);

        for (int i = 0; i < first.Length; i++)
        {
            for (int j = 0; j < second.Length; j++)
            {
                var twin = ScalarTwin.Of(network);
                twin.Parameters[twin.Weight(0, 2, 1)] = first[i];
                twin.Parameters[twin.Bias(1, 0)] = second[j];
                Assert.Equal(twin.MeanLoss(new Rows(X, Y)), surface[i][j], 1e-12);
            }
        }
    }

    [Fact]
    public void The_parameters_are_put_back_also_when_it_is_cancelled()
    {
        var parameters = LayerParameters.Of(Network.Initialize(Net, 1));
        double weight = parameters[0].Weights[2][1], bias = parameters[1].Biases[0];
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() =>
            ErrorSurface.Compute(Net, parameters, X, Y, new(0, 2, 1, [5]), new(1, 0, null, [7]), stop.Token));
        Assert.Equal((weight, bias), (parameters[0].Weights[2][1], parameters[1].Biases[0]));
    }
}
