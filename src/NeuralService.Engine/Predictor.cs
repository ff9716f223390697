using System.Buffers;

namespace NeuralService.Engine;

/// <summary>A network as it answers predictions: immutable, shared by any number of threads.</summary>
public sealed class Predictor
{
    // Rows that go through the layers together: many rows of a wide network must not take many times its memory.
    private const int BlockRows = 256;

    private readonly float[][] _transposedWeights;
    private readonly float[][] _biases;

    /// <summary>Copies the network's parameters into the layout of the forward pass.</summary>
    public Predictor(Network network)
    {
        Definition = network.Definition;
        int layers = Definition.Layers.Count;
        _transposedWeights = new float[layers][];
        _biases = new float[layers][];
        for (int i = 0; i < layers; i++)
        {
            int units = Definition.Layers[i].Units, inputs = Definition.InputsOf(i);
            _transposedWeights[i] = new float[units * inputs];
            Kernels.Transpose(network.Weights(i), units, inputs, _transposedWeights[i]);
            _biases[i] = network.Biases(i).ToArray();
        }
    }

    /// <summary>The definition.</summary>
    public NetworkDefinition Definition { get; }

    /// <summary>Forward pass; a row's outputs have the same bits whatever other rows it is asked with.</summary>
    /// <param name="inputs">Shape [rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="outputs">Receives the activations of the last layer, shape [rows, outputs].</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public void Forward(ReadOnlySpan<float> inputs, int rows, Span<float> outputs)
    {
        int width = Definition.InputSize, units = Definition.Output.Units, block = Math.Min(rows, BlockRows);
        if (inputs.Length < (long)rows * width || outputs.Length < (long)rows * units)
            throw new ArgumentException($"{rows} rows take {(long)rows * width} inputs and {(long)rows * units} outputs; {inputs.Length} and {outputs.Length} were given.");

        int widest = Definition.Layers.Max(l => l.Units);
        float[] one = ArrayPool<float>.Shared.Rent(block * widest), other = ArrayPool<float>.Shared.Rent(block * widest);
        try
        {
            for (int first = 0; first < rows; first += block)
            {
                int count = Math.Min(block, rows - first);
                ForwardBlock(inputs.Slice(first * width, count * width), count, outputs.Slice(first * units, count * units), one, other);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(one);
            ArrayPool<float>.Shared.Return(other);
        }
    }

    private void ForwardBlock(ReadOnlySpan<float> inputs, int rows, Span<float> outputs, float[] one, float[] other)
    {
        ReadOnlySpan<float> x = inputs;
        for (int i = 0; i < _biases.Length; i++)
        {
            var layer = Definition.Layers[i];
            int units = layer.Units, width = Definition.InputsOf(i);
            bool last = i == _biases.Length - 1;
            Span<float> a = last ? outputs : (i % 2 == 0 ? one : other).AsSpan(0, rows * units);
            for (int row = 0; row < rows; row++) _biases[i].CopyTo(a[(row * units)..]);
            Kernels.AddProduct(x, width, 1, _transposedWeights[i], a, rows, width, units);
            Activations.Apply(layer, a);
            x = a;
        }
    }
}
