namespace NeuralService.Engine;

/// <summary>First weights of a layer.</summary>
internal static class Initialization
{
    /// <summary>Draws the weights of one layer; weight number i depends on seed, layer and i alone.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">fanIn, the layer's number of inputs.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="index">Which layer of the network, from 0.</param>
    /// <param name="weights">Receives the weights, shape [units, inputs].</param>
    public static void Draw(LayerDefinition layer, int inputs, ulong seed, int index, Span<float> weights)
    {
        double fanIn = inputs, fanOut = layer.Units;
        switch (Resolve(layer))
        {
            case Initializer.GlorotUniform: Uniform(Math.Sqrt(6 / (fanIn + fanOut)), weights); break;
            case Initializer.GlorotNormal: Normal(Math.Sqrt(2 / (fanIn + fanOut)), weights); break;
            case Initializer.HeUniform: Uniform(Math.Sqrt(6 / fanIn), weights); break;
            case Initializer.HeNormal: Normal(Math.Sqrt(2 / fanIn), weights); break;
            case Initializer.Uniform: Uniform(1 / Math.Sqrt(fanIn), weights); break;
            default: weights.Clear(); break;
        }

        void Uniform(double limit, Span<float> w)
        {
            for (int i = 0; i < w.Length; i++)
                w[i] = (float)(limit * (2 * Philox.Uniform(seed, RandomPurpose.Weights, (uint)index, 0, (ulong)i) - 1));
        }

        void Normal(double deviation, Span<float> w)
        {
            for (int i = 0; i < w.Length; i++)
                w[i] = (float)(deviation * Philox.Normal(seed, RandomPurpose.Weights, (uint)index, 0, (ulong)i));
        }
    }

    private static Initializer Resolve(LayerDefinition layer) =>
        layer.Initializer != Initializer.Auto ? layer.Initializer
        : layer.Activation is Activation.Relu or Activation.LeakyRelu ? Initializer.HeUniform
        : Initializer.GlorotUniform;
}
