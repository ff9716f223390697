namespace NeuralService.Engine;

/// <summary>A network as it answers predictions: immutable, shared by any number of threads.</summary>
public sealed class Predictor
{
    // Rows that go through the layers together: many rows of a wide network must not take many times its memory.
    private const int BlockRows = 128;

    private readonly PackedNetwork _network;
    private readonly ForwardPass?[] _spare = new ForwardPass?[2 * Environment.ProcessorCount]; // buffers that nobody uses at the moment

    /// <summary>Copies the network's parameters into the layout of the forward pass.</summary>
    public Predictor(Network network)
    {
        Definition = network.Definition;
        _network = new PackedNetwork(new PackedLayout(network.Definition), trains: false);
        _network.Load(network.Parameters);
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
        int width = Definition.InputSize, units = Definition.Output.Units;
        if (inputs.Length < (long)rows * width || outputs.Length < (long)rows * units)
            throw new ArgumentException($"{rows} rows take {(long)rows * width} inputs and {(long)rows * units} outputs; {inputs.Length} and {outputs.Length} were given.");

        var pass = Rent();
        Span<nint> offsets = stackalloc nint[rows == 1 ? 1 : BlockRows];
        for (int first = 0; first < rows; first += BlockRows)
        {
            int count = Math.Min(BlockRows, rows - first), padded = count == 1 ? 1 : Kernels.RoundUp(count);
            for (int i = 0; i < padded; i++) offsets[i] = (nint)(first + Math.Min(i, count - 1)) * width;
            pass.Run(Operand.OfRows(inputs, offsets[..padded], width), 0, count);
            CopyOutputs(pass.Outputs, count, outputs.Slice(first * units, count * units));
        }

        Return(pass);
    }

    private static void CopyOutputs(PanelBuffer from, int rows, Span<float> to)
    {
        var shape = from.Shape;
        for (int panel = 0; panel < shape.Count; panel++)
        {
            var values = from.Rows(panel, 0, rows);
            int columns = shape.ColumnsIn(panel);
            for (int row = 0; row < rows; row++)
                values.Slice(row * shape.Width, columns).CopyTo(to[(row * shape.Columns + panel * shape.Width)..]);
        }
    }

    private ForwardPass Rent()
    {
        for (int i = 0; i < _spare.Length; i++)
        {
            if (Volatile.Read(ref _spare[i]) is not null && Interlocked.Exchange(ref _spare[i], null) is { } pass) return pass;
        }

        return new ForwardPass(_network, BlockRows, trains: false);
    }

    private void Return(ForwardPass pass)
    {
        for (int i = 0; i < _spare.Length; i++)
        {
            if (Volatile.Read(ref _spare[i]) is null && Interlocked.CompareExchange(ref _spare[i], pass, null) is null) return;
        }
    }
}
