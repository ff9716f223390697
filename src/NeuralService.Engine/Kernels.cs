using System.Numerics;
using System.Runtime.InteropServices;

namespace NeuralService.Engine;

/// <summary>The matrix product that forward pass and backpropagation are made of.</summary>
internal static class Kernels
{
    /// <summary>C += A·B, where every element of C is one chain of fused multiply-adds over k in increasing order.</summary>
    /// <remarks>
    /// The chain starts with what C holds (a bias, or 0) and is never split. So an element's bits depend on its own row of A, its own column of B and its start
    /// value alone: not on the vector width, the tile, the number of rows in the batch, or who computes the other elements (design law 3).
    /// </remarks>
    /// <param name="a">A, shape [m, k]; element (i, p) lies at i·<paramref name="aRow"/> + p·<paramref name="aColumn"/>, so that a transposed matrix can be read in place.</param>
    /// <param name="aRow">Distance between rows of A.</param>
    /// <param name="aColumn">Distance between columns of A.</param>
    /// <param name="b">B, shape [k, n], rows contiguous.</param>
    /// <param name="c">C, shape [m, n], rows contiguous.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static void AddProduct(ReadOnlySpan<float> a, int aRow, int aColumn, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n)
    {
        if (m == 0 || n == 0 || k == 0) return;
        if (a.Length <= (long)(m - 1) * aRow + (long)(k - 1) * aColumn || b.Length < (long)k * n || c.Length < (long)m * n)
            throw new ArgumentException("A matrix is shorter than its shape.");

        int width = Vector<float>.Count, i = 0;
        for (; i + 4 <= m; i += 4)
        {
            int j = 0;
            for (; j + 2 * width <= n; j += 2 * width) FourRows(a[(i * aRow)..], aRow, aColumn, b[j..], c[(i * n + j)..], k, n);
            for (int row = i; row < i + 4; row++) OneRow(a[(row * aRow)..], aColumn, b, c.Slice(row * n, n), j, k, n);
        }

        for (; i < m; i++) OneRow(a[(i * aRow)..], aColumn, b, c.Slice(i * n, n), 0, k, n);
    }

    /// <summary>Bᵀ of a matrix of shape [rows, columns].</summary>
    public static void Transpose(ReadOnlySpan<float> matrix, int rows, int columns, Span<float> transposed)
    {
        const int Block = 16; // small enough that both sides of a block stay in the first cache
        for (int r0 = 0; r0 < rows; r0 += Block)
        {
            int r1 = Math.Min(rows, r0 + Block);
            for (int c0 = 0; c0 < columns; c0 += Block)
            {
                int c1 = Math.Min(columns, c0 + Block);
                for (int r = r0; r < r1; r++)
                {
                    for (int c = c0; c < c1; c++) transposed[c * rows + r] = matrix[r * columns + c];
                }
            }
        }
    }

    // A tile of 4 rows by 2 vectors: eight chains at once hide the latency of the fused multiply-add, and each loaded vector of B serves four rows.
    private static void FourRows(ReadOnlySpan<float> a, int aRow, int aColumn, ReadOnlySpan<float> b, Span<float> c, int k, int n)
    {
        int width = Vector<float>.Count;
        ref float pb = ref MemoryMarshal.GetReference(b);
        ref float pc = ref MemoryMarshal.GetReference(c);
        nuint r1 = (nuint)n, r2 = 2 * r1, r3 = 3 * r1, w = (nuint)width;
        Vector<float> c00 = Vector.LoadUnsafe(ref pc), c01 = Vector.LoadUnsafe(ref pc, w);
        Vector<float> c10 = Vector.LoadUnsafe(ref pc, r1), c11 = Vector.LoadUnsafe(ref pc, r1 + w);
        Vector<float> c20 = Vector.LoadUnsafe(ref pc, r2), c21 = Vector.LoadUnsafe(ref pc, r2 + w);
        Vector<float> c30 = Vector.LoadUnsafe(ref pc, r3), c31 = Vector.LoadUnsafe(ref pc, r3 + w);
        for (int p = 0; p < k; p++)
        {
            int at = p * aColumn;
            Vector<float> b0 = Vector.LoadUnsafe(ref pb, (nuint)p * r1), b1 = Vector.LoadUnsafe(ref pb, (nuint)p * r1 + w);
            var x = new Vector<float>(a[at]);
            c00 = Vector.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector.FusedMultiplyAdd(x, b1, c01);
            x = new Vector<float>(a[at + aRow]);
            c10 = Vector.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector.FusedMultiplyAdd(x, b1, c11);
            x = new Vector<float>(a[at + 2 * aRow]);
            c20 = Vector.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector.FusedMultiplyAdd(x, b1, c21);
            x = new Vector<float>(a[at + 3 * aRow]);
            c30 = Vector.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector.FusedMultiplyAdd(x, b1, c31);
        }

        c00.StoreUnsafe(ref pc);
        c01.StoreUnsafe(ref pc, w);
        c10.StoreUnsafe(ref pc, r1);
        c11.StoreUnsafe(ref pc, r1 + w);
        c20.StoreUnsafe(ref pc, r2);
        c21.StoreUnsafe(ref pc, r2 + w);
        c30.StoreUnsafe(ref pc, r3);
        c31.StoreUnsafe(ref pc, r3 + w);
    }

    // Columns from j on, of one row: whole vectors first, then one by one, by the same operation.
    private static void OneRow(ReadOnlySpan<float> a, int aColumn, ReadOnlySpan<float> b, Span<float> c, int j, int k, int n)
    {
        int width = Vector<float>.Count;
        for (; j + width <= n; j += width)
        {
            var sum = new Vector<float>(c[j..]);
            for (int p = 0; p < k; p++) sum = Vector.FusedMultiplyAdd(new Vector<float>(a[p * aColumn]), new Vector<float>(b[(p * n + j)..]), sum);
            sum.CopyTo(c[j..]);
        }

        for (; j < n; j++)
        {
            float sum = c[j];
            for (int p = 0; p < k; p++) sum = MathF.FusedMultiplyAdd(a[p * aColumn], b[p * n + j], sum);
            c[j] = sum;
        }
    }
}
