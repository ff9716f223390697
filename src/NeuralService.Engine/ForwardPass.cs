namespace NeuralService.Engine;

/// <summary>Forward pass (lecture S28) of a batch, with the buffers it needs, made once for the largest batch.</summary>
internal sealed class ForwardPass
{
    private readonly PackedNetwork _network;
    private readonly IReadOnlyList<LayerDefinition> _layers;
    private readonly PanelBuffer[] _activations;
    private readonly Dropout?[] _dropouts;
    private readonly double[] _softmaxSums;
    private readonly float[] _softmaxMaxima;

    /// <param name="network">The parameters.</param>
    /// <param name="maxRows">Rows of the largest batch.</param>
    /// <param name="trains">Whether dropout is wanted.</param>
    public ForwardPass(PackedNetwork network, int maxRows, bool trains)
    {
        _network = network;
        _layers = network.Layout.Definition.Layers;
        Capacity = Kernels.RoundUp(maxRows);
        _activations = [.. _layers.Select(l => new PanelBuffer(Capacity, l.Units))];
        // A linear output's activations are its logits.
        Logits = _layers[^1].Activation == Activation.Linear ? _activations[^1] : new PanelBuffer(Capacity, _layers[^1].Units);
        _softmaxSums = new double[Capacity];
        _softmaxMaxima = new float[Capacity];
        _dropouts = [.. _layers.Select((l, i) => trains && l.Dropout > 0 ? new Dropout(l, i, Capacity) : null)];
    }

    /// <summary>Rows that the buffers hold.</summary>
    public int Capacity { get; }

    /// <summary>Pre-activations of the output layer, shape [Capacity, units].</summary>
    public PanelBuffer Logits { get; }

    /// <summary>Activations of the output layer, shape [Capacity, units].</summary>
    public PanelBuffer Outputs => _activations[^1];

    /// <summary>Largest logit of a row, where the output is a softmax.</summary>
    public float SoftmaxMax(int row) => _softmaxMaxima[row];

    /// <summary>Σ e^(z − max) of a row, where the output is a softmax.</summary>
    public double SoftmaxSum(int row) => _softmaxSums[row];

    /// <summary>Activations of a layer before dropout, shape [Capacity, units].</summary>
    public PanelBuffer Activations(int layer) => _activations[layer];

    /// <summary>What the layer above takes: activations after dropout, shape [Capacity, units].</summary>
    public PanelBuffer Passed(int layer) => _dropouts[layer]?.Passed ?? _activations[layer];

    /// <summary>Dropout of a layer; null for none.</summary>
    public Dropout? DropoutOf(int layer) => _dropouts[layer];

    /// <summary>Computes some rows through all layers.</summary>
    /// <param name="inputs">Inputs of these rows, up to a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="first">Where in the buffers the rows go, a multiple of <see cref="Kernels.RowGroup"/>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="position">Where in the training the batch stands, from which the dropout masks follow.</param>
    public void Run(Operand inputs, int first, int rows, DropoutPosition position = default)
    {
        int padded = Math.Min(Kernels.RoundUp(rows), Capacity - first);
        Operand x = inputs;
        for (int i = 0; i < _layers.Count; i++)
        {
            var layer = _layers[i];
            var a = _activations[i];
            var z = i == _layers.Count - 1 ? Logits : a;
            bool relu = layer.Activation == Activation.Relu && z == a;
            Kernels.RowProduct(
                x, first, rows, _network.Forward(i), _network.Layout.Layers[i].Forward, _network.Biases(i), z.Data, z.Shape, relu ? Epilogue.Relu : Epilogue.None);
            if (layer.Activation == Activation.Softmax) ActivationFunctions.Softmax(z, a, first, rows, _softmaxMaxima, _softmaxSums);
            else if (!relu) ActivationFunctions.Apply(layer, z, a, first, rows);
            if (_dropouts[i] is { } dropout) dropout.Apply(a, position, first, rows);
            x = Passed(i).Operand.Slice(first, padded);
        }
    }
}
