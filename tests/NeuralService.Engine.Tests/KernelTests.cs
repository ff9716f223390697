using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>The matrix product against a scalar chain of fused multiply-adds, to the bit (design laws 3 and 4).</summary>
public class KernelTests
{
    private static readonly Gen<(int M, int K, int N, bool Transposed, int Seed)> Shapes =
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 70], Gen.Bool, Gen.Int[0, 1_000_000]);

    [Fact]
    public void Every_element_is_one_chain_in_order_whatever_the_shape() => Shapes.Sample(s =>
    {
        var random = new Random(s.Seed);
        float[] a = Floats(s.M * s.K), b = Floats(s.K * s.N), c = Floats(s.M * s.N), expected = [.. c];
        (int row, int column) = s.Transposed ? (1, s.M) : (s.K, 1); // A as it lies, or read as the transpose of a matrix [k, m]
        for (int i = 0; i < s.M; i++)
        {
            for (int j = 0; j < s.N; j++)
            {
                for (int p = 0; p < s.K; p++)
                    expected[i * s.N + j] = MathF.FusedMultiplyAdd(a[i * row + p * column], b[p * s.N + j], expected[i * s.N + j]);
            }
        }

        Kernels.AddProduct(a, row, column, b, c, s.M, s.K, s.N);

        Assert.Equal(Bits(expected), Bits(c));

        float[] Floats(int n) => [.. Enumerable.Range(0, n).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }, iter: 300);

    [Fact]
    public void A_transposed_matrix_turned_again_is_the_matrix() => Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50]).Sample((rows, columns) =>
    {
        float[] matrix = [.. Enumerable.Range(0, rows * columns).Select(i => (float)i)], turned = new float[matrix.Length], back = new float[matrix.Length];
        Kernels.Transpose(matrix, rows, columns, turned);
        Kernels.Transpose(turned, columns, rows, back);

        return turned[(columns - 1) * rows] == matrix[columns - 1] && back.SequenceEqual(matrix);
    }, iter: 100);

    [Theory]
    [InlineData(5, 6, 4)]
    [InlineData(6, 5, 4)]
    [InlineData(6, 6, 3)]
    public void A_matrix_that_is_too_short_is_refused(int a, int b, int c) =>
        Assert.Throws<ArgumentException>(() => Kernels.AddProduct(new float[a], 3, 1, new float[b], new float[c], 2, 3, 2));

    [Fact]
    public void An_empty_product_changes_nothing()
    {
        float[] c = [1, 2];
        Kernels.AddProduct([], 0, 1, [], c, 1, 0, 2);
        Kernels.AddProduct([], 1, 1, [1, 1], [], 0, 1, 2);

        Assert.Equal([1, 2], c);
    }

    internal static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
