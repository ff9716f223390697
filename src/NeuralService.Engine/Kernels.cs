using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralService.Engine;

/// <summary>What a product does with its sums before it stores them, where that saves a pass over memory.</summary>
internal enum Epilogue
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(0, z); NaN stays NaN, so that a diverged training is seen.</summary>
    Relu,

    /// <summary>Keeps the sum where relu's activation is above 0, else 0.</summary>
    ReluDerivative,
}

/// <summary>The matrix products that forward pass and backpropagation are made of, over panels (<see cref="PanelShape"/>).</summary>
/// <remarks>
/// Every element of a product is one chain of fused multiply-adds over k in increasing order, begun with a bias or 0, and never split. So its bits depend on its
/// own row, its own column and its start alone: not on the vector width, the tile, the rows beside it, or the thread that computes it (design law 3).
/// The products prove at their door that all they touch lies within the spans; the tiles behind them read by reference, without checks.
/// </remarks>
internal static class Kernels
{
    /// <summary>Rows come in groups of so many; buffers of rows have a multiple of it.</summary>
    public const int RowGroup = 8;

    private const int LargeMatrix = 65_536; // floats: a quarter of a usual second-level cache

    /// <summary>C = start + A·B for some rows: a layer's z = W·x + b with B = Wᵀ, and ∂L/∂a = δ·W with B = W.</summary>
    /// <param name="a">A, shape [rows up to a multiple of <see cref="RowGroup"/>, k].</param>
    /// <param name="firstRow">The row of C that A's first row makes.</param>
    /// <param name="rows">How many. More may be computed, up to a multiple of <see cref="RowGroup"/>, but not where there is one alone.</param>
    /// <param name="b">B in panels.</param>
    /// <param name="bShape">Shape [k, n].</param>
    /// <param name="start">What the chains of each column begin with, shape [n] up to whole panels; empty for 0.</param>
    /// <param name="c">C in panels.</param>
    /// <param name="cShape">Shape [rows of the buffer, n].</param>
    /// <param name="epilogue">What is done with the sums.</param>
    /// <param name="activations">For <see cref="Epilogue.ReluDerivative"/>: a of the layer below, of C's shape.</param>
    /// <exception cref="ArgumentException">The spans do not hold the shapes.</exception>
    public static void RowProduct(
        Operand a, int firstRow, int rows, ReadOnlySpan<float> b, PanelShape bShape, ReadOnlySpan<float> start,
        Span<float> c, PanelShape cShape, Epilogue epilogue = Epilogue.None, ReadOnlySpan<float> activations = default)
    {
        int count = rows == 1 ? 1 : RoundUp(rows);
        bool fits = firstRow >= 0 && rows > 0 && count <= a.Rows && firstRow + count <= cShape.Rows && a.Columns >= bShape.Rows && b.Length >= bShape.Length
            && c.Length >= cShape.Length && cShape.Columns == bShape.Columns && (start.IsEmpty || start.Length >= bShape.Count * bShape.Width)
            && (epilogue != Epilogue.ReluDerivative || activations.Length >= cShape.Length);
        if (!fits) throw new ArgumentException("The matrices do not hold the product's shapes.");

        var product = new RowProductArguments(a, firstRow, rows, b, bShape, start, c, cShape, epilogue, activations);
        for (int panel = 0; panel < bShape.Count; panel++)
        {
            int width = PanelShape.WidthFor(bShape.ColumnsIn(panel));
            if (Vector512.IsHardwareAccelerated && width == 32) Rows<Twice<Simd512, Vector512<float>>, Pair<Vector512<float>>>(product, panel, width);
            else if (Vector512.IsHardwareAccelerated && width == 16) Rows<Simd512, Vector512<float>>(product, panel, width);
            else if (Vector256.IsHardwareAccelerated && width >= 16) Rows<Twice<Simd256, Vector256<float>>, Pair<Vector256<float>>>(product, panel, width);
            else if (Vector256.IsHardwareAccelerated && width == 8) Rows<Simd256, Vector256<float>>(product, panel, width);
            else if (Vector128.IsHardwareAccelerated && width >= 8) Rows<Twice<Simd128, Vector128<float>>, Pair<Vector128<float>>>(product, panel, width);
            else if (Vector128.IsHardwareAccelerated) Rows<Simd128, Vector128<float>>(product, panel, width);
            else Rows<Twice<SimdScalar, float>, Pair<float>>(product, panel, width);
        }
    }

    /// <summary>C = Aᵀ·B for some columns of A and one panel of B, over the first rows of both: ∂L/∂W from a layer's inputs and its δ.</summary>
    /// <param name="a">A, shape [rows, m].</param>
    /// <param name="rows">Rows to sum over, in order.</param>
    /// <param name="first">First column of A.</param>
    /// <param name="end">Behind the last column of A.</param>
    /// <param name="b">B in panels.</param>
    /// <param name="bShape">Shape [rows of the buffer, n].</param>
    /// <param name="panel">Which panel of B and C.</param>
    /// <param name="c">Receives the rows of C's panel from <paramref name="first"/> to <paramref name="end"/>.</param>
    /// <param name="add">Whether each finished sum is added to what C holds, instead of replacing it.</param>
    /// <exception cref="ArgumentException">The spans do not hold the shapes.</exception>
    public static void ColumnProduct(Operand a, int rows, int first, int end, ReadOnlySpan<float> b, PanelShape bShape, int panel, Span<float> c, bool add)
    {
        bool fits = rows >= 0 && rows <= Math.Min(a.Rows, bShape.Rows) && first >= 0 && first <= end && end <= a.Columns
            && panel >= 0 && panel < bShape.Count && b.Length >= bShape.Length && c.Length >= (end - first) * bShape.Width;
        if (!fits) throw new ArgumentException("The matrices do not hold the product's shapes.");

        var product = new ColumnProductArguments(a, rows, first, end, b[(panel * bShape.PanelLength)..], c, bShape.Width, add);
        int width = PanelShape.WidthFor(bShape.ColumnsIn(panel));
        if (Vector512.IsHardwareAccelerated && width == 32) Columns<Twice<Simd512, Vector512<float>>, Pair<Vector512<float>>>(product, width);
        else if (Vector512.IsHardwareAccelerated && width == 16) Columns<Simd512, Vector512<float>>(product, width);
        else if (Vector256.IsHardwareAccelerated && width >= 16) Columns<Twice<Simd256, Vector256<float>>, Pair<Vector256<float>>>(product, width);
        else if (Vector256.IsHardwareAccelerated && width == 8) Columns<Simd256, Vector256<float>>(product, width);
        else if (Vector128.IsHardwareAccelerated && width >= 8) Columns<Twice<Simd128, Vector128<float>>, Pair<Vector128<float>>>(product, width);
        else if (Vector128.IsHardwareAccelerated) Columns<Simd128, Vector128<float>>(product, width);
        else Columns<Twice<SimdScalar, float>, Pair<float>>(product, width);
    }

    /// <summary>Sums of the columns of a panel over its rows, in order.</summary>
    /// <param name="values">Rows of the panel, shape [rows, width].</param>
    /// <param name="width">4, 8, 16 or 32.</param>
    /// <param name="sums">Receives the sums, shape [width].</param>
    /// <param name="add">Whether each finished sum is added to what is there, instead of replacing it.</param>
    /// <exception cref="ArgumentException">The spans do not hold the shapes.</exception>
    public static void ColumnSums(ReadOnlySpan<float> values, int width, Span<float> sums, bool add)
    {
        if (values.Length % width != 0 || sums.Length < width || width % 4 != 0) throw new ArgumentException("The sums do not hold the panel's columns.");
        if (Vector512.IsHardwareAccelerated && width == 32) ColumnSums<Twice<Simd512, Vector512<float>>, Pair<Vector512<float>>>(values, width, sums, add);
        else if (Vector256.IsHardwareAccelerated && width >= 16) ColumnSums<Twice<Simd256, Vector256<float>>, Pair<Vector256<float>>>(values, width, sums, add);
        else if (Vector128.IsHardwareAccelerated) ColumnSums<Simd128, Vector128<float>>(values, width, sums, add);
        else ColumnSums<SimdScalar, float>(values, width, sums, add);
    }

    /// <summary>The next multiple of <see cref="RowGroup"/>.</summary>
    public static int RoundUp(int rows) => (rows + RowGroup - 1) / RowGroup * RowGroup;

    private static void Rows<TColumns, T>(in RowProductArguments product, int panel, int width)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        PanelShape bShape = product.BShape, cShape = product.CShape;
        ref float b = ref Unsafe.Add(ref product.B, panel * bShape.PanelLength);
        ref float start = ref Unsafe.Add(ref product.Start, product.HasStart ? panel * bShape.Width : 0);
        nint nextLines = NextLines<TColumns, T>(product, panel, out nint linesOfTile);
        ref float next = ref Unsafe.Add(ref b, bShape.PanelLength);
        int tile;
        for (int done = 0; done < product.Rows; done += tile)
        {
            tile = product.Rows == 1 ? 1 : product.Rows - done <= 4 ? 4 : TColumns.TileRows;
            int at = panel * cShape.PanelLength + (product.FirstRow + done) * cShape.Width;
            ref nint offset = ref Unsafe.Add(ref product.AOffsets, done);
            bool ahead = panel == 0 && done + 16 <= product.ARowsAnywhere;
            for (int v = 0; v < width; v += TColumns.Width)
            {
                ref float bv = ref Unsafe.Add(ref b, v), sv = ref Unsafe.Add(ref start, product.HasStart ? v : 0), cv = ref Unsafe.Add(ref product.C, at + v);
                ref float activation = ref Unsafe.Add(ref product.Activations, product.Epilogue == Epilogue.ReluDerivative ? at + v : 0);
                if (tile == 8) Row8<TColumns, T>(product, ref offset, ref bv, ref sv, ref cv, ref activation, ahead && v == 0, ref next, nextLines);
                else if (tile == 4) Row4<TColumns, T>(product, ref offset, ref bv, ref sv, ref cv, ref activation);
                else Row1<TColumns, T>(product, ref offset, ref bv, ref sv, ref cv, ref activation);
            }

            next = ref Unsafe.Add(ref next, linesOfTile * Prefetch.Line);
        }
    }

    // A wide B does not stay in the second-level cache: while one panel is worked on, each tile asks for its share of the next, a few lines a segment of k.
    private static nint NextLines<TColumns, T>(in RowProductArguments product, int panel, out nint linesOfTile)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        PanelShape b = product.BShape;
        linesOfTile = 0;
        if (panel + 1 == b.Count || b.Length < LargeMatrix) return 0;
        int lines = b.PanelLength / Prefetch.Line, tiles = (product.Rows + TColumns.TileRows - 1) / TColumns.TileRows;
        linesOfTile = (lines + tiles - 1) / tiles;
        nint segments = (b.Rows + product.ASegment - 1) / product.ASegment;
        return (linesOfTile + segments - 1) / segments;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row8<TColumns, T>(
        in RowProductArguments product, ref nint offset, ref float b, ref float start, ref float c, ref float activation, bool ahead, ref float next, nint nextLines)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        ref float a = ref product.A;
        ref float a0 = ref Unsafe.Add(ref a, offset), a1 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 1));
        ref float a2 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 2)), a3 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 3));
        ref float a4 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 4)), a5 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 5));
        ref float a6 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 6)), a7 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 7));
        nint bStep = product.BShape.Width, segment = product.ASegment, jump = product.AJump;
        T s = product.HasStart ? TColumns.Load(ref start, 0) : TColumns.Broadcast(0);
        T c0 = s, c1 = s, c2 = s, c3 = s, c4 = s, c5 = s, c6 = s, c7 = s;
        for (nint left = product.BShape.Rows; left > 0; left -= segment)
        {
            nint count = left < segment ? left : segment;
            for (nint p = 0; p < count; p++)
            {
                T v = TColumns.Load(ref b, 0);
                c0 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a0, p)), v, c0);
                c1 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a1, p)), v, c1);
                c2 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a2, p)), v, c2);
                c3 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a3, p)), v, c3);
                c4 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a4, p)), v, c4);
                c5 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a5, p)), v, c5);
                c6 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a6, p)), v, c6);
                c7 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a7, p)), v, c7);
                b = ref Unsafe.Add(ref b, bStep);
            }

            if (ahead) Prefetch.EightRows(ref a, ref Unsafe.Add(ref offset, 8), product.BShape.Rows - left);
            next = ref Prefetch.Lines(ref next, nextLines);
            if (left <= segment) break;
            a0 = ref Unsafe.Add(ref a0, jump);
            a1 = ref Unsafe.Add(ref a1, jump);
            a2 = ref Unsafe.Add(ref a2, jump);
            a3 = ref Unsafe.Add(ref a3, jump);
            a4 = ref Unsafe.Add(ref a4, jump);
            a5 = ref Unsafe.Add(ref a5, jump);
            a6 = ref Unsafe.Add(ref a6, jump);
            a7 = ref Unsafe.Add(ref a7, jump);
        }

        nint cStep = product.CShape.Width;
        Finish<TColumns, T>(product.Epilogue, c0, ref c, ref activation, 0);
        Finish<TColumns, T>(product.Epilogue, c1, ref c, ref activation, cStep);
        Finish<TColumns, T>(product.Epilogue, c2, ref c, ref activation, 2 * cStep);
        Finish<TColumns, T>(product.Epilogue, c3, ref c, ref activation, 3 * cStep);
        Finish<TColumns, T>(product.Epilogue, c4, ref c, ref activation, 4 * cStep);
        Finish<TColumns, T>(product.Epilogue, c5, ref c, ref activation, 5 * cStep);
        Finish<TColumns, T>(product.Epilogue, c6, ref c, ref activation, 6 * cStep);
        Finish<TColumns, T>(product.Epilogue, c7, ref c, ref activation, 7 * cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row4<TColumns, T>(in RowProductArguments product, ref nint offset, ref float b, ref float start, ref float c, ref float activation)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        ref float a = ref product.A;
        ref float a0 = ref Unsafe.Add(ref a, offset), a1 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 1));
        ref float a2 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 2)), a3 = ref Unsafe.Add(ref a, Unsafe.Add(ref offset, 3));
        nint bStep = product.BShape.Width, segment = product.ASegment, jump = product.AJump;
        T s = product.HasStart ? TColumns.Load(ref start, 0) : TColumns.Broadcast(0);
        T c0 = s, c1 = s, c2 = s, c3 = s;
        for (nint left = product.BShape.Rows; left > 0; left -= segment)
        {
            nint count = left < segment ? left : segment;
            for (nint p = 0; p < count; p++)
            {
                T v = TColumns.Load(ref b, 0);
                c0 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a0, p)), v, c0);
                c1 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a1, p)), v, c1);
                c2 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a2, p)), v, c2);
                c3 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a3, p)), v, c3);
                b = ref Unsafe.Add(ref b, bStep);
            }

            if (left <= segment) break;
            a0 = ref Unsafe.Add(ref a0, jump);
            a1 = ref Unsafe.Add(ref a1, jump);
            a2 = ref Unsafe.Add(ref a2, jump);
            a3 = ref Unsafe.Add(ref a3, jump);
        }

        nint cStep = product.CShape.Width;
        Finish<TColumns, T>(product.Epilogue, c0, ref c, ref activation, 0);
        Finish<TColumns, T>(product.Epilogue, c1, ref c, ref activation, cStep);
        Finish<TColumns, T>(product.Epilogue, c2, ref c, ref activation, 2 * cStep);
        Finish<TColumns, T>(product.Epilogue, c3, ref c, ref activation, 3 * cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row1<TColumns, T>(in RowProductArguments product, ref nint offset, ref float b, ref float start, ref float c, ref float activation)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        ref float a = ref Unsafe.Add(ref product.A, offset);
        nint bStep = product.BShape.Width, segment = product.ASegment;
        T sum = product.HasStart ? TColumns.Load(ref start, 0) : TColumns.Broadcast(0);
        for (nint left = product.BShape.Rows; left > 0; left -= segment)
        {
            nint count = left < segment ? left : segment;
            for (nint p = 0; p < count; p++)
            {
                sum = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a, p)), TColumns.Load(ref b, 0), sum);
                b = ref Unsafe.Add(ref b, bStep);
            }

            if (left > segment) a = ref Unsafe.Add(ref a, product.AJump);
        }

        Finish<TColumns, T>(product.Epilogue, sum, ref c, ref activation, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TColumns, T>(Epilogue epilogue, T sum, ref float c, ref float activation, nint at)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        T zero = TColumns.Broadcast(0);
        if (epilogue == Epilogue.Relu) sum = TColumns.Select(TColumns.GreaterThan(zero, sum), zero, sum);
        else if (epilogue == Epilogue.ReluDerivative) sum = TColumns.Select(TColumns.GreaterThan(TColumns.Load(ref activation, at), zero), sum, zero);
        TColumns.Store(sum, ref c, at);
    }

    private static void Columns<TColumns, T>(in ColumnProductArguments product, int width)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        int step;
        for (int column = product.First; column < product.End; column += step)
        {
            // Columns of A that lie side by side: all of a row that is not in panels, else those of one panel.
            int inPanel = column % product.ASegment, together = Math.Min(product.End - column, product.ASegment - inPanel);
            step = Math.Min(TColumns.TileRows, together >= 8 ? 8 : together >= 4 ? 4 : together >= 2 ? 2 : 1);
            ref float a = ref Unsafe.Add(ref product.A, column / product.ASegment * product.AJump + inPanel);
            for (int v = 0; v < width; v += TColumns.Width)
            {
                ref float b = ref Unsafe.Add(ref product.B, v), c = ref Unsafe.Add(ref product.C, (column - product.First) * product.Width + v);
                if (step == 8) Column8<TColumns, T>(product, ref a, ref b, ref c);
                else if (step == 4) Column4<TColumns, T>(product, ref a, ref b, ref c);
                else if (step == 2) Column2<TColumns, T>(product, ref a, ref b, ref c);
                else Column1<TColumns, T>(product, ref a, ref b, ref c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column8<TColumns, T>(in ColumnProductArguments product, ref float a, ref float b, ref float c)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        ref nint offsets = ref product.AOffsets;
        nint step = product.Width, rows = product.Rows;
        T c0 = TColumns.Broadcast(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
        for (nint row = 0; row < rows; row++)
        {
            T v = TColumns.Load(ref b, 0);
            ref float x = ref Unsafe.Add(ref a, Unsafe.Add(ref offsets, row));
            c0 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(x), v, c0);
            c1 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 1)), v, c1);
            c2 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 2)), v, c2);
            c3 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 3)), v, c3);
            c4 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 4)), v, c4);
            c5 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 5)), v, c5);
            c6 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 6)), v, c6);
            c7 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 7)), v, c7);
            b = ref Unsafe.Add(ref b, step);
        }

        Finish<TColumns, T>(product.Add, c0, ref c, 0);
        Finish<TColumns, T>(product.Add, c1, ref c, step);
        Finish<TColumns, T>(product.Add, c2, ref c, 2 * step);
        Finish<TColumns, T>(product.Add, c3, ref c, 3 * step);
        Finish<TColumns, T>(product.Add, c4, ref c, 4 * step);
        Finish<TColumns, T>(product.Add, c5, ref c, 5 * step);
        Finish<TColumns, T>(product.Add, c6, ref c, 6 * step);
        Finish<TColumns, T>(product.Add, c7, ref c, 7 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column4<TColumns, T>(in ColumnProductArguments product, ref float a, ref float b, ref float c)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        ref nint offsets = ref product.AOffsets;
        nint step = product.Width, rows = product.Rows;
        T c0 = TColumns.Broadcast(0), c1 = c0, c2 = c0, c3 = c0;
        for (nint row = 0; row < rows; row++)
        {
            T v = TColumns.Load(ref b, 0);
            ref float x = ref Unsafe.Add(ref a, Unsafe.Add(ref offsets, row));
            c0 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(x), v, c0);
            c1 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 1)), v, c1);
            c2 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 2)), v, c2);
            c3 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 3)), v, c3);
            b = ref Unsafe.Add(ref b, step);
        }

        Finish<TColumns, T>(product.Add, c0, ref c, 0);
        Finish<TColumns, T>(product.Add, c1, ref c, step);
        Finish<TColumns, T>(product.Add, c2, ref c, 2 * step);
        Finish<TColumns, T>(product.Add, c3, ref c, 3 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column2<TColumns, T>(in ColumnProductArguments product, ref float a, ref float b, ref float c)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        nint step = product.Width;
        T c0 = TColumns.Broadcast(0), c1 = c0;
        for (nint row = 0; row < product.Rows; row++)
        {
            T v = TColumns.Load(ref b, 0);
            ref float x = ref Unsafe.Add(ref a, Unsafe.Add(ref product.AOffsets, row));
            c0 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(x), v, c0);
            c1 = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref x, 1)), v, c1);
            b = ref Unsafe.Add(ref b, step);
        }

        Finish<TColumns, T>(product.Add, c0, ref c, 0);
        Finish<TColumns, T>(product.Add, c1, ref c, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column1<TColumns, T>(in ColumnProductArguments product, ref float a, ref float b, ref float c)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        T sum = TColumns.Broadcast(0);
        for (nint row = 0; row < product.Rows; row++)
        {
            sum = TColumns.FusedMultiplyAdd(TColumns.Broadcast(Unsafe.Add(ref a, Unsafe.Add(ref product.AOffsets, row))), TColumns.Load(ref b, 0), sum);
            b = ref Unsafe.Add(ref b, product.Width);
        }

        Finish<TColumns, T>(product.Add, sum, ref c, 0);
    }

    private static void ColumnSums<TColumns, T>(ReadOnlySpan<float> values, int width, Span<float> sums, bool add)
        where TColumns : struct, IColumns<T>
        where T : struct
    {
        for (int v = 0; v < width; v += TColumns.Width)
        {
            ref float value = ref Unsafe.Add(ref MemoryMarshal.GetReference(values), v);
            T sum = TColumns.Broadcast(0);
            for (nint at = 0; at < values.Length; at += width) sum = TColumns.Add(sum, TColumns.Load(ref value, at));
            Finish<TColumns, T>(add, sum, ref MemoryMarshal.GetReference(sums), v);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TColumns, T>(bool add, T sum, ref float c, nint at)
        where TColumns : struct, IColumns<T>
        where T : struct =>
        TColumns.Store(add ? TColumns.Add(TColumns.Load(ref c, at), sum) : sum, ref c, at);

    private readonly ref struct RowProductArguments(
        Operand a, int firstRow, int rows, ReadOnlySpan<float> b, PanelShape bShape, ReadOnlySpan<float> start,
        Span<float> c, PanelShape cShape, Epilogue epilogue, ReadOnlySpan<float> activations)
    {
        public readonly ref float A = ref MemoryMarshal.GetReference(a.Values);
        public readonly ref nint AOffsets = ref MemoryMarshal.GetReference(a.Offsets);
        public readonly nint ASegment = a.Segment, AJump = a.Jump;
        public readonly int ARowsAnywhere = a.LiesAnywhere ? a.Rows : 0;
        public readonly int FirstRow = firstRow, Rows = rows;
        public readonly ref float B = ref MemoryMarshal.GetReference(b);
        public readonly PanelShape BShape = bShape, CShape = cShape;
        public readonly bool HasStart = !start.IsEmpty;
        public readonly ref float Start = ref MemoryMarshal.GetReference(start.IsEmpty ? b : start);
        public readonly ref float C = ref MemoryMarshal.GetReference(c);
        public readonly Epilogue Epilogue = epilogue;
        public readonly ref float Activations = ref MemoryMarshal.GetReference(activations.IsEmpty ? c : activations);
    }

    private readonly ref struct ColumnProductArguments(Operand a, int rows, int first, int end, ReadOnlySpan<float> b, Span<float> c, int width, bool add)
    {
        public readonly ref float A = ref MemoryMarshal.GetReference(a.Values);
        public readonly ref nint AOffsets = ref MemoryMarshal.GetReference(a.Offsets);
        public readonly int ASegment = a.Segment;
        public readonly nint AJump = a.Jump;
        public readonly int Rows = rows, First = first, End = end, Width = width;
        public readonly ref float B = ref MemoryMarshal.GetReference(b);
        public readonly ref float C = ref MemoryMarshal.GetReference(c);
        public readonly bool Add = add;
    }
}
