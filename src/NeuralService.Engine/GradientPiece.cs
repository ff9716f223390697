namespace NeuralService.Engine;

/// <summary>Some of a layer's parameters, whose gradient and step are computed together: rows of one panel of its weights, or its biases.</summary>
/// <param name="Layer">Which layer.</param>
/// <param name="Panel">Which panel; −1 for the biases.</param>
/// <param name="First">First row of the panel.</param>
/// <param name="End">Behind the last row.</param>
/// <param name="Start">Where the parameters begin.</param>
/// <param name="Length">How many they are, padding included.</param>
internal readonly record struct GradientPiece(int Layer, int Panel, int First, int End, int Start, int Length)
{
    /// <summary>Whether it is the biases.</summary>
    public bool IsBias => Panel < 0;

    /// <summary>All parameters in pieces.</summary>
    /// <param name="layout">Where they lie.</param>
    /// <param name="maxRows">Most rows of a piece.</param>
    public static IEnumerable<GradientPiece> Of(PackedLayout layout, int maxRows)
    {
        for (int layer = 0; layer < layout.Layers.Length; layer++)
        {
            var packed = layout.Layers[layer];
            var kept = packed.Kept;
            for (int panel = 0; panel < kept.Count; panel++)
            {
                for (int first = 0; first < kept.Rows; first += maxRows)
                {
                    int rows = Math.Min(maxRows, kept.Rows - first);
                    yield return new(layer, panel, first, first + rows, packed.WeightStart + kept.IndexOf(first, panel * kept.Width), rows * kept.Width);
                }
            }

            if (layout.Definition.Layers[layer].Bias) yield return new(layer, -1, 0, 0, packed.BiasStart, packed.BiasLength);
        }
    }
}
