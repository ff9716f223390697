namespace NeuralService.Engine;

/// <summary>One axis of an error surface: a parameter and the values that it takes.</summary>
/// <param name="Layer">Which layer, from 0.</param>
/// <param name="Unit">Which unit of the layer, from 0.</param>
/// <param name="Input">Which of the unit's inputs, from 0; null for its bias.</param>
/// <param name="Values">The values.</param>
public sealed record SurfaceAxis(int Layer, int Unit, int? Input, double[] Values);

/// <summary>The loss over a grid of two parameters, all others held (lecture S25).</summary>
public static class ErrorSurface
{
    /// <summary>Computes the surface, in double.</summary>
    /// <param name="definition">The network.</param>
    /// <param name="parameters">Its parameters; changed on the way and put back.</param>
    /// <param name="inputs">Shape [rows][inputs].</param>
    /// <param name="targets">Shape [rows][outputs].</param>
    /// <param name="first">First axis.</param>
    /// <param name="second">Second axis, another parameter.</param>
    /// <param name="cancellation">Ends the computation.</param>
    /// <returns>The mean loss, [i][j] at value i of the first axis and value j of the second.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static double[][] Compute(
        NetworkDefinition definition, IReadOnlyList<LayerParameters> parameters, double[][] inputs, double[][] targets,
        SurfaceAxis first, SurfaceAxis second, CancellationToken cancellation)
    {
        ref double x = ref Parameter(parameters, first), y = ref Parameter(parameters, second);
        double x0 = x, y0 = y;
        var losses = new double[first.Values.Length][];
        try
        {
            for (int i = 0; i < losses.Length; i++)
            {
                losses[i] = new double[second.Values.Length];
                x = first.Values[i];
                for (int j = 0; j < losses[i].Length; j++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    y = second.Values[j];
                    losses[i][j] = Trace.MeanLoss(definition, parameters, inputs, targets);
                }
            }

            return losses;
        }
        finally
        {
            (x, y) = (x0, y0);
        }
    }

    private static ref double Parameter(IReadOnlyList<LayerParameters> parameters, SurfaceAxis axis)
    {
        var (weights, biases) = parameters[axis.Layer];
        return ref axis.Input is { } input ? ref weights[axis.Unit][input] : ref biases[axis.Unit];
    }
}
