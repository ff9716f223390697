using System.Runtime.InteropServices;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>A network as an ONNX file: Gemm and its activation, layer by layer. The field numbers are those of onnx.proto.</summary>
internal static class OnnxModel
{
    /// <summary>Name of the input, shape [rows, inputs].</summary>
    public const string Input = "x";

    /// <summary>Name of the output, shape [rows, outputs].</summary>
    public const string Output = "p";

    private const int Float = 1; // TensorProto.DataType
    private const int Integer = 2; // AttributeProto.AttributeType

    /// <summary>The file's bytes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">Rows of a call; a fixed number lets the runtime plan its memory.</param>
    /// <param name="transposed">Whether weights are stored [units, inputs], to be transposed by the product, or [inputs, units].</param>
    public static byte[] Write(Network network, int rows, bool transposed)
    {
        var definition = network.Definition;
        List<Protobuf> nodes = [], weights = [];
        string below = Input;
        for (int i = 0; i < definition.Layers.Count; i++)
        {
            int units = definition.Layers[i].Units, inputs = definition.InputsOf(i);
            float[] w = network.Weights(i).ToArray();
            weights.Add(transposed ? Tensor($"w{i}", w, units, inputs) : Tensor($"w{i}", Transpose(w, units, inputs), inputs, units));
            weights.Add(Tensor($"b{i}", network.Biases(i).ToArray(), units));
            nodes.Add(Node("Gemm", [below, $"w{i}", $"b{i}"], $"z{i}", transposed ? [("transB", 1)] : []));
            below = i == definition.Layers.Count - 1 ? Output : $"a{i}";
            nodes.Add(Node(Operator(definition.Layers[i].Activation), [$"z{i}"], below, []));
        }

        var graph = new Protobuf().Add(1, nodes).Add(2, "network").Add(5, weights)
            .Add(11, ValueInfo(Input, rows, definition.InputSize)).Add(12, ValueInfo(Output, rows, definition.Output.Units));
        var operators = new Protobuf().Add(1, "").Add(2, 13);
        return new Protobuf().Add(1, 8).Add(7, graph).Add(8, operators).ToArray(); // IR version 8, operator set 13
    }

    private static string Operator(Activation activation) => activation switch
    {
        Activation.Relu => "Relu",
        Activation.Tanh => "Tanh",
        Activation.Softmax => "Softmax",
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "The benchmark does not use it."),
    };

    private static Protobuf Node(string type, string[] inputs, string output, (string Name, long Value)[] attributes)
    {
        var node = new Protobuf();
        foreach (string input in inputs) node.Add(1, input);
        return node.Add(2, output).Add(4, type).Add(5, attributes.Select(a => new Protobuf().Add(1, a.Name).Add(3, a.Value).Add(20, Integer)));
    }

    private static Protobuf Tensor(string name, float[] values, params int[] shape)
    {
        var tensor = new Protobuf();
        foreach (int size in shape) tensor.Add(1, size);
        return tensor.Add(2, Float).Add(8, name).Add(9, MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static Protobuf ValueInfo(string name, params int[] shape)
    {
        var dimensions = new Protobuf().Add(1, shape.Select(size => new Protobuf().Add(1, size)));
        return new Protobuf().Add(1, name).Add(2, new Protobuf().Add(1, new Protobuf().Add(1, Float).Add(2, dimensions)));
    }

    private static float[] Transpose(float[] matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++) transposed[c * rows + r] = matrix[r * columns + c];
        }

        return transposed;
    }
}
