using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>Rows that are answered by a network with random weights.</summary>
/// <param name="Rows">Rows of a call.</param>
/// <param name="Activation">Of the hidden layers; the last layer is softmax.</param>
/// <param name="Layers">Inputs, then the units of each layer.</param>
internal sealed record PredictionCase(int Rows, Activation Activation, params int[] Layers)
{
    /// <summary>What is measured.</summary>
    public static readonly IReadOnlyList<PredictionCase> All =
    [
        new(100, Activation.Relu, 784, 128, 10),
        new(1, Activation.Relu, 784, 128, 10),
        new(1, Activation.Tanh, 4, 16, 3),
    ];

    /// <summary>As tables say it.</summary>
    public string Title => $"{Rows} × {Layers[0]} through {string.Join('-', Layers)}";

    /// <summary>Floating-point operations of a call: 2 a weight and row.</summary>
    public double Operations => 2.0 * Rows * Layers.Zip(Layers.Skip(1)).Sum(l => (double)l.First * l.Second);

    /// <summary>The network.</summary>
    public Network Network() => Engine.Network.Initialize(
        new NetworkDefinition(
            Layers[0], [.. Layers.Skip(1).Select((units, i) => new LayerDefinition(units, i == Layers.Length - 2 ? Activation.Softmax : Activation))], Loss.CrossEntropy),
        seed: 1);

    /// <summary>Random rows, shape [Rows, inputs].</summary>
    public float[] Inputs()
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, Rows * Layers[0]).Select(_ => random.NextSingle())];
    }
}
