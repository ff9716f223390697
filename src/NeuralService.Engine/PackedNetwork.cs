using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
        int wholeRows = Avx.IsSupported ? rows & ~7 : 0, wholeColumns = columns & ~7;
        for (int r = 0; r < wholeRows; r += 8)
        {
            for (int c = 0; c < wholeColumns; c += 8) TurnEight(source[(r * sourceStep + c)..], sourceStep, target[(c * targetStep + r)..], targetStep);
        }

        for (int r = 0; r < rows; r++)
        {
            for (int c = r < wholeRows ? wholeColumns : 0; c < columns; c++) target[c * targetStep + r] = source[r * sourceStep + c];
        }
    }

    // Eight rows of eight: pairs of rows are interleaved, then pairs of pairs, then halves exchanged.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnEight(ReadOnlySpan<float> source, int sourceStep, Span<float> target, int targetStep)
    {
        if (source.Length < 7 * sourceStep + 8 || target.Length < 7 * targetStep + 8) throw new ArgumentException("A block of eight rows of eight is not there.");
        ref float s = ref MemoryMarshal.GetReference(source), t = ref MemoryMarshal.GetReference(target);
        Vector256<float> r0 = Row(ref s, 0), r1 = Row(ref s, sourceStep), r2 = Row(ref s, 2 * sourceStep), r3 = Row(ref s, 3 * sourceStep);
        Vector256<float> r4 = Row(ref s, 4 * sourceStep), r5 = Row(ref s, 5 * sourceStep), r6 = Row(ref s, 6 * sourceStep), r7 = Row(ref s, 7 * sourceStep);
        Vector256<float> l01 = Avx.UnpackLow(r0, r1), h01 = Avx.UnpackHigh(r0, r1), l23 = Avx.UnpackLow(r2, r3), h23 = Avx.UnpackHigh(r2, r3);
        Vector256<float> l45 = Avx.UnpackLow(r4, r5), h45 = Avx.UnpackHigh(r4, r5), l67 = Avx.UnpackLow(r6, r7), h67 = Avx.UnpackHigh(r6, r7);
        const byte Low = 0b01_00_01_00, High = 0b11_10_11_10, Lower = 0x20, Upper = 0x31;
        Vector256<float> a0 = Avx.Shuffle(l01, l23, Low), a1 = Avx.Shuffle(l01, l23, High), a2 = Avx.Shuffle(h01, h23, Low), a3 = Avx.Shuffle(h01, h23, High);
        Vector256<float> b0 = Avx.Shuffle(l45, l67, Low), b1 = Avx.Shuffle(l45, l67, High), b2 = Avx.Shuffle(h45, h67, Low), b3 = Avx.Shuffle(h45, h67, High);
        Avx.Permute2x128(a0, b0, Lower).StoreUnsafe(ref t);
        Avx.Permute2x128(a1, b1, Lower).StoreUnsafe(ref t, (nuint)targetStep);
        Avx.Permute2x128(a2, b2, Lower).StoreUnsafe(ref t, (nuint)(2 * targetStep));
        Avx.Permute2x128(a3, b3, Lower).StoreUnsafe(ref t, (nuint)(3 * targetStep));
        Avx.Permute2x128(a0, b0, Upper).StoreUnsafe(ref t, (nuint)(4 * targetStep));
        Avx.Permute2x128(a1, b1, Upper).StoreUnsafe(ref t, (nuint)(5 * targetStep));
        Avx.Permute2x128(a2, b2, Upper).StoreUnsafe(ref t, (nuint)(6 * targetStep));
        Avx.Permute2x128(a3, b3, Upper).StoreUnsafe(ref t, (nuint)(7 * targetStep));

        static Vector256<float> Row(ref float first, int offset) => Vector256.LoadUnsafe(ref first, (nuint)offset);
    }
}
