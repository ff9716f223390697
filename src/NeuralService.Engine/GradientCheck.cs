namespace NeuralService.Engine;

/// <summary>Holds the gradients of backpropagation against central differences of the loss, (L(w + h) − L(w − h)) / 2h.</summary>
public static class GradientCheck
{
    private const double Step = 1e-5;

    // Below this a gradient is compared absolutely: the differences themselves are good to about 1e-11.
    private const double Floor = 1e-4;

    /// <summary>The largest relative difference |g − n| / max(|g|, |n|, 10⁻⁴) of each layer.</summary>
    /// <param name="definition">The network.</param>
    /// <param name="parameters">Its parameters; changed on the way and put back.</param>
    /// <param name="input">Shape [inputs].</param>
    /// <param name="target">Shape [outputs].</param>
    /// <param name="trace">The trace whose gradients are checked.</param>
    public static double[] Run(NetworkDefinition definition, IReadOnlyList<LayerParameters> parameters, double[] input, double[] target, Trace trace)
    {
        var differences = new double[parameters.Count];
        for (int i = 0; i < differences.Length; i++)
        {
            var (weights, biases) = parameters[i];
            for (int j = 0; j < biases.Length; j++)
            {
                for (int k = 0; k < weights[j].Length; k++) Compare(i, ref weights[j][k], trace.Layers[i].WeightGradients[j][k]);
                if (definition.Layers[i].Bias) Compare(i, ref biases[j], trace.Layers[i].BiasGradients[j]);
            }
        }

        return differences;

        void Compare(int layer, ref double parameter, double gradient)
        {
            double value = parameter;
            parameter = value + Step;
            double above = Trace.MeanLoss(definition, parameters, [input], [target]);
            parameter = value - Step;
            double below = Trace.MeanLoss(definition, parameters, [input], [target]);
            parameter = value;
            double numeric = (above - below) / (2 * Step);
            double scale = Math.Max(Floor, Math.Max(Math.Abs(gradient), Math.Abs(numeric)));
            differences[layer] = Math.Max(differences[layer], Math.Abs(gradient - numeric) / scale);
        }
    }
}
