using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralService.Engine;

/// <summary>Parameters in panels (<see cref="PackedLayout"/>), with the copies the products want: Wᵀ of each layer for the forward pass, W for backpropagation.</summary>
internal sealed class PackedNetwork
{
    private readonly AlignedFloats _parameters;
    private readonly AlignedFloats?[] _turned; // per layer: what is not kept of W and Wᵀ

    /// <param name="layout">Where everything lies.</param>
    /// <param name="trains">Whether W of every layer but the first is wanted too.</param>
    public PackedNetwork(PackedLayout layout, bool trains)
    {
        Layout = layout;
        _parameters = new AlignedFloats(layout.Length);
        _turned = [.. layout.Layers.Select((layer, i) => layer.KeepsW || (trains && i > 0) ? new AlignedFloats(Other(layer).Length) : null)];
    }

    public PackedLayout Layout { get; }

    /// <summary>All parameters in panels; after a change, <see cref="Turn(int, int, int, int)"/> brings the copies up to date.</summary>
    public Span<float> Parameters => _parameters.Span;

    /// <summary>Takes parameters in canonical order.</summary>
    public void Load(ReadOnlySpan<float> canonical)
    {
        Layout.Pack(canonical, Parameters);
        TurnAll();
    }

    /// <summary>Wᵀ of a layer, shape [inputs, units].</summary>
    public ReadOnlySpan<float> Forward(int layer) => Layout.Layers[layer].KeepsW ? _turned[layer]!.Span : Kept(layer);

    /// <summary>W of a layer, shape [units, inputs].</summary>
    public ReadOnlySpan<float> Backward(int layer) => Layout.Layers[layer].KeepsW ? Kept(layer) : _turned[layer]!.Span;

    /// <summary>Biases of a layer, up to whole panels.</summary>
    public ReadOnlySpan<float> Biases(int layer) => Parameters.Slice(Layout.Layers[layer].BiasStart, Layout.Layers[layer].BiasLength);

    /// <summary>Brings all copies up to date.</summary>
    public void TurnAll()
    {
        for (int i = 0; i < _turned.Length; i++)
        {
            var kept = Layout.Layers[i].Kept;
            for (int panel = 0; panel < kept.Count; panel++) Turn(i, panel, 0, kept.Rows);
        }
    }

    /// <summary>Copies some rows of one panel of the kept weights to where the other way of them lies.</summary>
    public void Turn(int layer, int panel, int first, int end)
    {
        if (_turned[layer] is not { } turned) return;
        PanelShape from = Layout.Layers[layer].Kept, to = Other(Layout.Layers[layer]);
        var source = Kept(layer).Slice(panel * from.PanelLength, from.PanelLength);
        int columns = from.ColumnsIn(panel), row = first;
        for (; row < end; row += Math.Min(end, (row / to.Width + 1) * to.Width) - row)
        {
            // Rows that become neighbouring columns of one panel.
            int count = Math.Min(end, (row / to.Width + 1) * to.Width) - row;
            TurnBlock(source[(row * from.Width)..], from.Width, turned.Span[to.IndexOf(panel * from.Width, row)..], to.Width, count, columns);
        }
    }

    private Span<float> Kept(int layer) => Parameters.Slice(Layout.Layers[layer].WeightStart, Layout.Layers[layer].WeightLength);

    private static PanelShape Other(PackedLayer layer) => layer.KeepsW ? layer.Forward : layer.Backward;

    // target[c·targetStep + r] = source[r·sourceStep + c].
    private static void TurnBlock(ReadOnlySpan<float> source, int sourceStep, Span<float> target, int targetStep, int rows, int columns)
    {
        int done = 0;
        if (Sse.IsSupported)
        {
            for (; done + 4 <= rows; done += 4)
            {
                int c = 0;
                for (; c + 4 <= columns; c += 4) TurnFour(source[(done * sourceStep + c)..], sourceStep, target[(c * targetStep + done)..], targetStep);
                for (; c < columns; c++)
                {
                    for (int r = done; r < done + 4; r++) target[c * targetStep + r] = source[r * sourceStep + c];
                }
            }
        }

        for (; done < rows; done++)
        {
            for (int c = 0; c < columns; c++) target[c * targetStep + done] = source[done * sourceStep + c];
        }
    }

    private static void TurnFour(ReadOnlySpan<float> source, int sourceStep, Span<float> target, int targetStep)
    {
        Vector128<float> r0 = Vector128.Create(source), r1 = Vector128.Create(source[sourceStep..]);
        Vector128<float> r2 = Vector128.Create(source[(2 * sourceStep)..]), r3 = Vector128.Create(source[(3 * sourceStep)..]);
        Vector128<float> low01 = Sse.UnpackLow(r0, r1), low23 = Sse.UnpackLow(r2, r3), high01 = Sse.UnpackHigh(r0, r1), high23 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(low01, low23).CopyTo(target);
        Sse.MoveHighToLow(low23, low01).CopyTo(target[targetStep..]);
        Sse.MoveLowToHigh(high01, high23).CopyTo(target[(2 * targetStep)..]);
        Sse.MoveHighToLow(high23, high01).CopyTo(target[(3 * targetStep)..]);
    }
}
