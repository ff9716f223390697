namespace NeuralService.Engine.Tests;

/// <summary>Short words for what most tests here do.</summary>
internal static class Training
{
    /// <summary>Trains, and gives back why it ended and every epoch's report.</summary>
    public static (StopReason Reason, List<EpochReport> History) Run(
        Network network, Samples training, TrainingOptions options, Samples? validation = null, TimeProvider? time = null, CancellationToken? cancellation = null)
    {
        var history = new List<EpochReport>();
        var reason = new Trainer(network, training, validation, options, time ?? TimeProvider.System).Run(history.Add, cancellation ?? CancellationToken.None);
        return (reason, history);
    }

    /// <summary>Outputs of a network for one row.</summary>
    public static float[] Predict(this Network network, params float[] row)
    {
        var outputs = new float[network.Definition.Output.Units];
        new Predictor(network).Forward(row, 1, outputs);
        return outputs;
    }

    /// <summary>Gradient of the mean loss of some rows, in canonical order, as training computes it.</summary>
    public static float[] Gradient(this Network network, Samples samples)
    {
        var packed = new PackedNetwork(new PackedLayout(network.Definition), trains: true);
        packed.Load(network.Parameters);
        var pass = new BatchPass(packed, samples.Rows, trains: true);
        var gradient = new AlignedFloats(packed.Layout.Length);
        pass.Begin(samples, 0, samples.Rows);
        pass.Forward(0, samples.Rows);
        pass.Propagate(0, samples.Rows, samples.Rows);
        foreach (var piece in GradientPiece.Of(packed.Layout, maxRows: 8))
        {
            var part = gradient.Span.Slice(piece.Start, piece.Length);
            if (piece.IsBias) pass.BiasGradient(piece.Layer, part, add: false);
            else pass.Gradient(piece.Layer, piece.Panel, piece.First, piece.End, part, add: false);
        }

        var canonical = new float[network.Parameters.Length];
        packed.Layout.Unpack(gradient.Span, canonical);
        return canonical;
    }

    /// <summary>One layer of some units on top of some inputs.</summary>
    public static NetworkDefinition OneLayer(int inputs, int units, Activation activation, Loss loss = Loss.SquaredError) =>
        new(inputs, [new LayerDefinition(units, activation)], loss);

    /// <summary>Random rows whose targets suit a loss: one-hot, zeros and ones, or numbers.</summary>
    public static Rows RowsFor(NetworkDefinition net, int count, int seed)
    {
        var random = new Random(seed);
        int outputs = net.Output.Units;
        double[][] x = [.. Enumerable.Range(0, count).Select(_ => Numbers(net.InputSize))];
        double[][] y = [.. x.Select((row, i) => net.Loss switch
        {
            Loss.CrossEntropy => OneHot(row[0] > 0 ? 0 : i % outputs, outputs),
            Loss.BinaryCrossEntropy or Loss.Perceptron => [.. Enumerable.Range(0, outputs).Select(k => row[k % row.Length] > 0 ? 1.0 : 0.0)],
            _ => net.Output.Activation is Activation.Softmax or Activation.Sigmoid ? OneHot(i % outputs, outputs) : Numbers(outputs),
        })];
        return new Rows(x, y);

        // Rounded to float32, so that both sides start from the same numbers.
        double[] Numbers(int n) => [.. Enumerable.Range(0, n).Select(_ => (double)(float)(2 * random.NextDouble() - 1))];
    }

    public static double[] OneHot(int index, int size)
    {
        var y = new double[size];
        y[index] = 1;
        return y;
    }
}
