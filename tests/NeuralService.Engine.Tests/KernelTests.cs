using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>The matrix products against scalar chains of fused multiply-adds, to the bit (design laws 3 and 4).</summary>
public class KernelTests
{
    private static readonly Gen<(int M, int K, int N, int Seed)> Shapes = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 100], Gen.Int[0, 1_000_000]);

    [Fact]
    public void Every_element_of_a_row_product_is_one_chain_in_order_whatever_the_shape() => Shapes.Sample(s =>
    {
        var random = new Random(s.Seed);
        float[,] a = Random(random, s.M, s.K), b = Random(random, s.K, s.N);
        var (panels, shape) = Pack(b);
        var start = new PanelBuffer(8, s.N);
        for (int j = 0; j < s.N; j++) start.Data[start.Shape.IndexOf(0, j)] = random.NextSingle();
        float[] starts = [.. Enumerable.Range(0, shape.Count * shape.Width).Select(j => j < s.N ? start.Data[start.Shape.IndexOf(0, j)] : 0)];
        var c = new PanelBuffer(Kernels.RoundUp(s.M), s.N);

        Kernels.RowProduct(Scattered(a, random, out _), 0, s.M, panels, shape, starts, c.Data, c.Shape);

        for (int i = 0; i < s.M; i++)
        {
            for (int j = 0; j < s.N; j++) Same(Chain(starts[j], s.K, p => a[i, p], p => b[p, j]), c.Data[c.Shape.IndexOf(i, j)]);
        }
    }, iter: 200);

    [Fact]
    public void Rows_in_panels_give_the_bits_of_rows_that_lie_whole() => Shapes.Sample(s =>
    {
        var random = new Random(s.Seed);
        float[,] a = Random(random, Kernels.RoundUp(s.M), s.K);
        var (panels, shape) = Pack(Random(random, s.K, s.N));
        PanelBuffer whole = new(Kernels.RoundUp(s.M), s.N), cut = new(Kernels.RoundUp(s.M), s.N);

        Kernels.RowProduct(Scattered(a, random, out _), 0, s.M, panels, shape, default, whole.Data, whole.Shape);
        Kernels.RowProduct(Buffer(a).Operand, 0, s.M, panels, shape, default, cut.Data, cut.Shape);

        Assert.Equal(Bits(whole.Data.ToArray()), Bits(cut.Data.ToArray()));
    }, iter: 200);

    [Fact]
    public void Every_element_of_a_column_product_is_one_chain_over_the_rows() => Shapes.Sample(s =>
    {
        var random = new Random(s.Seed);
        int rows = s.K, capacity = Kernels.RoundUp(rows);
        float[,] a = Random(random, capacity, s.M), b = Random(random, capacity, s.N);
        var second = Buffer(b);
        var shape = new PanelShape(s.M, s.N);
        float[] whole = new float[shape.Length], cut = new float[shape.Length], twice = new float[shape.Length];
        for (int panel = 0; panel < shape.Count; panel++)
        {
            int middle = random.Next(s.M + 1);
            Kernels.ColumnProduct(Scattered(a, random, out _), rows, 0, s.M, second.Data, second.Shape, panel, Part(whole, 0), add: false);
            Kernels.ColumnProduct(Buffer(a).Operand, rows, 0, middle, second.Data, second.Shape, panel, Part(cut, 0), add: false);
            Kernels.ColumnProduct(Buffer(a).Operand, rows, middle, s.M, second.Data, second.Shape, panel, Part(cut, middle), add: false);
            for (int time = 0; time < 2; time++) Kernels.ColumnProduct(Buffer(a).Operand, rows, 0, s.M, second.Data, second.Shape, panel, Part(twice, 0), add: true);

            Span<float> Part(float[] values, int first) => values.AsSpan(panel * shape.PanelLength + first * shape.Width);
        }

        Assert.Equal(Bits(whole), Bits(cut));
        for (int i = 0; i < s.M; i++)
        {
            for (int j = 0; j < s.N; j++)
            {
                float expected = Chain(0, rows, p => a[p, i], p => b[p, j]);
                Same(expected, whole[shape.IndexOf(i, j)]);
                Same(expected + expected, twice[shape.IndexOf(i, j)]);
            }
        }
    }, iter: 200);

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(40)]
    public void Sums_of_columns_run_over_the_rows_in_order(int columns)
    {
        float[,] a = Random(new Random(1), 24, columns);
        var buffer = Buffer(a);
        for (int panel = 0; panel < buffer.Shape.Count; panel++)
        {
            var sums = new float[buffer.Shape.Width];
            Kernels.ColumnSums(buffer.Rows(panel, 0, 21), buffer.Shape.Width, sums, add: false);
            for (int j = 0; j < buffer.Shape.ColumnsIn(panel); j++)
            {
                float expected = 0;
                for (int row = 0; row < 21; row++) expected += a[row, panel * buffer.Shape.Width + j];
                Same(expected, sums[j]);
            }
        }
    }

    [Fact]
    public void Relu_and_its_derivative_are_taken_on_the_way_to_memory()
    {
        // z = (−2, 0, 3, NaN): relu keeps NaN, so that a diverged training is seen; the derivative is 1 where a > 0 alone.
        var (panels, shape) = Pack(new float[,] { { -2, 0, 3, float.NaN } });
        PanelBuffer a = new(8, 4), gradient = new(8, 4);
        Kernels.RowProduct(Operand.OfRows([1], [0], 1), 0, 1, panels, shape, default, a.Data, a.Shape, Epilogue.Relu);
        Assert.Equal([0, 0, 3, float.NaN], a.Data[..4].ToArray());

        var (ones, _) = Pack(new float[,] { { 5, 5, 5, 5 } });
        Kernels.RowProduct(Operand.OfRows([1], [0], 1), 0, 1, ones, shape, default, gradient.Data, gradient.Shape, Epilogue.ReluDerivative, a.Data);
        Assert.Equal([0, 0, 5, 0], gradient.Data[..4].ToArray());
    }

    [Theory]
    [InlineData(5, 8, 32)]  // fewer rows of A than the group of rows that is computed
    [InlineData(8, 7, 32)]  // B too short
    [InlineData(8, 8, 31)]  // C too short
    public void A_matrix_that_is_too_short_is_refused(int aRows, int b, int c) => Assert.ThrowsAny<ArgumentException>(() =>
        Kernels.RowProduct(Operand.OfRows(new float[16], new nint[aRows], 2), 0, 6, new float[b], new PanelShape(2, 3), default, new float[c], new PanelShape(8, 3)));

    [Fact]
    public void A_row_outside_the_values_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Operand.OfRows(new float[10], [8], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Operand.OfRows(new float[10], [-1], 3));
    }

    [Fact]
    public void The_gradient_of_columns_that_are_not_there_is_refused()
    {
        var buffer = new PanelBuffer(8, 5);
        Assert.Throws<ArgumentException>(() => Kernels.ColumnProduct(buffer.Operand, 8, 0, 6, buffer.Data, buffer.Shape, 0, new float[64], add: false));
        Assert.Throws<ArgumentException>(() => Kernels.ColumnProduct(buffer.Operand, 9, 0, 5, buffer.Data, buffer.Shape, 0, new float[64], add: false));
        Assert.Throws<ArgumentException>(() => Kernels.ColumnProduct(buffer.Operand, 8, 0, 5, buffer.Data, buffer.Shape, 1, new float[64], add: false));
    }

    internal static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private static float Chain(float start, int k, Func<int, float> a, Func<int, float> b)
    {
        for (int p = 0; p < k; p++) start = MathF.FusedMultiplyAdd(a(p), b(p), start);
        return start;
    }

    private static void Same(float expected, float actual) => Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));

    private static float[,] Random(Random random, int rows, int columns)
    {
        var matrix = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) matrix[i, j] = 2 * random.NextSingle() - 1;
        }

        return matrix;
    }

    private static (float[] Values, PanelShape Shape) Pack(float[,] matrix)
    {
        var shape = new PanelShape(matrix.GetLength(0), matrix.GetLength(1));
        var values = new float[shape.Length];
        for (int i = 0; i < shape.Rows; i++)
        {
            for (int j = 0; j < shape.Columns; j++) values[shape.IndexOf(i, j)] = matrix[i, j];
        }

        return (values, shape);
    }

    private static PanelBuffer Buffer(float[,] matrix)
    {
        var buffer = new PanelBuffer(Kernels.RoundUp(matrix.GetLength(0)), matrix.GetLength(1));
        for (int i = 0; i < matrix.GetLength(0); i++)
        {
            for (int j = 0; j < matrix.GetLength(1); j++) buffer.Data[buffer.Shape.IndexOf(i, j)] = matrix[i, j];
        }

        return buffer;
    }

    // The rows in any order with gaps between them, and the last one again up to a whole group.
    private static Operand Scattered(float[,] matrix, Random random, out float[] values)
    {
        int rows = matrix.GetLength(0), columns = matrix.GetLength(1), step = columns + 3;
        int[] places = [.. Enumerable.Range(0, rows)];
        random.Shuffle(places);
        values = new float[rows * step];
        var offsets = new nint[Kernels.RoundUp(rows)];
        for (int i = 0; i < offsets.Length; i++)
        {
            int row = Math.Min(i, rows - 1);
            offsets[i] = places[row] * step;
            for (int j = 0; j < columns; j++) values[places[row] * step + j] = matrix[row, j];
        }

        return Operand.OfRows(values, offsets, columns);
    }
}
