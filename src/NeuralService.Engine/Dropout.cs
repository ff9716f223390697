namespace NeuralService.Engine;

/// <summary>Dropout of one layer: activations times a mask of 0 and 1/(1 − p), so that prediction needs no factor (Srivastava et al. 2014).</summary>
/// <param name="layer">The layer.</param>
/// <param name="index">Which layer of the network, from 0.</param>
/// <param name="capacity">Rows of the largest batch, a multiple of <see cref="Kernels.RowGroup"/>.</param>
internal sealed class Dropout(LayerDefinition layer, int index, int capacity)
{
    private readonly PanelBuffer _mask = new(capacity, layer.Units);

    /// <summary>Activations after dropout, shape [capacity, units].</summary>
    public PanelBuffer Passed { get; } = new(capacity, layer.Units);

    /// <summary>Draws the masks of some rows and applies them.</summary>
    public void Apply(PanelBuffer activations, DropoutPosition position, int first, int rows)
    {
        for (int panel = 0; panel < activations.Shape.Count; panel++)
        {
            Span<float> a = activations.Rows(panel, first, rows), mask = _mask.Rows(panel, first, rows), passed = Passed.Rows(panel, first, rows);
            for (int row = 0; row < rows; row++)
            {
                long value = (long)(first + row) * layer.Units + panel * _mask.Shape.Width;
                position.FillMask(layer, index, value, mask.Slice(row * _mask.Shape.Width, _mask.Shape.ColumnsIn(panel)));
            }

            for (int i = 0; i < a.Length; i++) passed[i] = a[i] * mask[i];
        }
    }

    /// <summary>∂L/∂a before dropout from that behind it.</summary>
    public void MultiplyByMask(PanelBuffer gradient, int first, int rows)
    {
        for (int panel = 0; panel < gradient.Shape.Count; panel++)
        {
            Span<float> g = gradient.Rows(panel, first, rows), mask = _mask.Rows(panel, first, rows);
            for (int i = 0; i < g.Length; i++) g[i] *= mask[i];
        }
    }
}

/// <summary>Where a batch stands in a training: dropout masks are a function of this and the seed.</summary>
/// <param name="Seed">The training's seed.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="FirstRow">Position of the batch's first row in the epoch's order.</param>
internal readonly record struct DropoutPosition(ulong Seed, int Epoch, long FirstRow)
{
    /// <summary>0 with probability p, else 1/(1 − p), for neighbouring values of a layer's batch, shape [rows, units].</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="index">Which layer of the network, from 0.</param>
    /// <param name="firstValue">The first of the values, counted from the batch's first row.</param>
    /// <param name="mask">Receives the mask.</param>
    public void FillMask(LayerDefinition layer, int index, long firstValue, Span<float> mask)
    {
        float kept = (float)(1 / (1 - layer.Dropout));
        double threshold = layer.Dropout * 4294967296.0;
        ulong first = (ulong)(FirstRow * layer.Units + firstValue);
        (uint X0, uint X1, uint X2, uint X3) block = default;
        for (int i = 0; i < mask.Length; i++)
        {
            // One block of 128 random bits serves four neighbouring values.
            ulong value = first + (ulong)i;
            if (i == 0 || (value & 3) == 0) block = Philox.Block(Seed, RandomPurpose.Dropout, (uint)index, (uint)Epoch, value >> 2);
            uint word = (value & 3) switch { 0 => block.X0, 1 => block.X1, 2 => block.X2, _ => block.X3 };
            mask[i] = word >= threshold ? kept : 0;
        }
    }
}
