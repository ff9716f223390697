using System.Numerics;
using System.Runtime.Intrinsics;

namespace NeuralService.Engine.Tests;

/// <summary>The float32 functions against a reference of more than 100 digits, at their edges, and against each other for every width of vector.</summary>
public class VectorFunctionsTests
{
    private const float Infinity = float.PositiveInfinity;

    // Floats from the first to the last, both of one sign, at equal distances of their bits: as many in every power of two.
    private const int Samples = 2500;

    // For each function: the place where it is worst among all 2^32 floats (found with a sweep against double precision), and the largest error there.
    [Theory]
    [InlineData(-59.26467f, 0.9013)]
    [InlineData(88.72283f, 0.25)] // the last before infinity
    [InlineData(88.72284f, 0)] // the first infinity
    [InlineData(-103.972076f, 0.51)] // 2^-149, the smallest number there is
    public void Exp_where_it_is_worst(float x, double units) => Assert.InRange(Units(Exp(x), Reference.Exp(x)), 0, units + 1e-4);

    [Theory]
    [InlineData(1e-7f, 104)]
    [InlineData(-1e-7f, -104)]
    public void Exp_is_within_0_902_units(float first, float last) => Assert.InRange(Largest(Exp, Reference.Exp, first, last, Samples), 0.5, 0.902);

    [Theory]
    [InlineData(0.73988664f, 1.1375)]
    [InlineData(1.4763982f, 1.023)]
    [InlineData(0.99999994f, 0.5)]
    [InlineData(1.0000001f, 0.5)]
    [InlineData(float.Epsilon, 0.5)]
    [InlineData(float.MaxValue, 0.5)]
    public void Log_where_it_is_worst(float x, double units) => Assert.InRange(Units(Log(x), Reference.Log(x)), 0, units + 1e-4);

    [Theory]
    [InlineData(float.Epsilon, float.MaxValue)]
    [InlineData(0.5f, 2)]
    public void Log_is_within_1_138_units(float first, float last) => Assert.InRange(Largest(Log, Reference.Log, first, last, Samples / 2), 0.5, 1.138);

    [Theory]
    [InlineData(0.56341314f, 1.762)]
    [InlineData(0.45579782f, 1.2551)]
    [InlineData(0.5625f, 1.26)] // the last of the near polynomial
    [InlineData(9.010913f, 0.51)] // the last below 1
    [InlineData(3.4e-4f, 0.5)]
    public void Tanh_where_it_is_worst(float x, double units) => Assert.InRange(Units(Tanh(x), Reference.Tanh(x)), 0, units + 1e-4);

    [Theory]
    [InlineData(1e-4f, 11)]
    [InlineData(0.5f, 1)]
    public void Tanh_is_within_1_763_units(float first, float last) => Assert.InRange(Largest(Tanh, Reference.Tanh, first, last, Samples), 0.5, 1.763);

    [Theory]
    [InlineData(-0.0003449918f, 1.9991)]
    [InlineData(-0.00059759663f, 1.9962)]
    [InlineData(0.00059759663f, 1.4981)]
    [InlineData(-103.972076f, 0.51)]
    public void Sigmoid_where_it_is_worst(float x, double units) => Assert.InRange(Units(Sigmoid(x), Reference.Sigmoid(x)), 0, units + 1e-4);

    [Theory]
    [InlineData(1e-8f, 104)]
    [InlineData(-1e-8f, -104)]
    public void Sigmoid_is_within_2_units(float first, float last) => Assert.InRange(Largest(Sigmoid, Reference.Sigmoid, first, last, Samples), 0.5, 2);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e-40f, 1)] // subnormal
    [InlineData(88.72283f, 3.4027985e38f)]
    [InlineData(88.72284f, Infinity)]
    [InlineData(float.MaxValue, Infinity)]
    [InlineData(Infinity, Infinity)]
    [InlineData(-103.972076f, float.Epsilon)]
    [InlineData(-103.972084f, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(-Infinity, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_at_its_edges(float x, float expected) => Equal(expected, Exp(x));

    [Theory]
    [InlineData(0, -Infinity)]
    [InlineData(1, 0)]
    [InlineData(-1, float.NaN)]
    [InlineData(-float.Epsilon, float.NaN)]
    [InlineData(-Infinity, float.NaN)]
    [InlineData(Infinity, Infinity)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.Epsilon, -103.27893f)] // −149 ln 2
    [InlineData(float.MaxValue, 88.72284f)] // 128 ln 2
    public void Log_at_its_edges(float x, float expected) => Equal(expected, Log(x));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(float.Epsilon, float.Epsilon)]
    [InlineData(1e-40f, 1e-40f)] // subnormal
    [InlineData(3.4e-4f, 3.4e-4f)]
    [InlineData(9.010913f, 0.99999994f)]
    [InlineData(9.010914f, 1)]
    [InlineData(float.MaxValue, 1)]
    [InlineData(Infinity, 1)]
    [InlineData(float.NaN, float.NaN)]
    public void Tanh_at_its_edges(float x, float expected)
    {
        Equal(expected, Tanh(x));
        Equal(-expected, Tanh(-x));
    }

    [Fact]
    public void Tanh_is_odd_to_the_bit() => Assert.All(Between(1e-5f, 12, Samples), x => Equal(-Tanh(x), Tanh(-x)));

    [Theory]
    [InlineData(0, 0.5f)]
    [InlineData(float.Epsilon, 0.5f)]
    [InlineData(-float.Epsilon, 0.5f)]
    [InlineData(17.32868f, 1)]
    [InlineData(float.MaxValue, 1)]
    [InlineData(Infinity, 1)]
    [InlineData(-103.972076f, float.Epsilon)]
    [InlineData(-103.972084f, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(-Infinity, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void Sigmoid_at_its_edges(float x, float expected) => Equal(expected, Sigmoid(x));

    [Fact]
    public void Minus_zero()
    {
        Equal(1, Exp(-0f));
        Equal(-Infinity, Log(-0f));
        Equal(-0f, Tanh(-0f));
        Equal(0.5f, Sigmoid(-0f));
    }

    // Every width, and rows of every length up to 40, so that ends overlap and short rows go number by number. Bits, as a NaN has to stay the NaN it was.
    [Theory]
    [MemberData(nameof(Functions))]
    public void Every_width_gives_the_same_bits(string function)
    {
        float[] inputs =
        [
            .. Between(-float.Epsilon, -float.MaxValue, 3000), .. Between(float.Epsilon, float.MaxValue, 3000),
            .. Between(-1e-4f, -110, 3000), .. Between(1e-4f, 110, 3000),
            0, -0f, Infinity, -Infinity, float.NaN, -float.NaN, BitConverter.UInt32BitsToSingle(0x7F812345), float.MaxValue, float.MinValue,
        ];
        var scalar = All<SimdScalar, float>(function);
        int[] expected = Bits(inputs, scalar);
        Assert.Equal(expected, Bits(inputs, All<Simd128, Vector128<float>>(function)));
        Assert.Equal(expected, Bits(inputs, All<Simd256, Vector256<float>>(function)));
        Assert.Equal(expected, Bits(inputs, All<Simd512, Vector512<float>>(function)));

        for (int length = 0; length <= 40; length++)
        {
            expected = Bits(inputs.AsSpan(6000, length), scalar);
            Assert.Equal(expected, Bits(inputs.AsSpan(6000, length), All<Simd128, Vector128<float>>(function)));
            Assert.Equal(expected, Bits(inputs.AsSpan(6000, length), All<Simd256, Vector256<float>>(function)));
            Assert.Equal(expected, Bits(inputs.AsSpan(6000, length), All<Simd512, Vector512<float>>(function)));
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void What_lies_beside_the_values_is_left_alone(string function)
    {
        for (int length = 0; length <= 40; length++)
        {
            float[] row = new float[length + 2];
            Array.Fill(row, 7);
            All<Simd512, Vector512<float>>(function)(row.AsSpan(1, length));
            Assert.Equal((7f, 7f), (row[0], row[^1]));
            Assert.DoesNotContain(7f, row[1..^1]);
        }
    }

    // A check number over 2^19 results. Trained weights follow from these bits on every processor: with another number it is another Network.Dialect.
    [Theory]
    [InlineData("exp", 194425455873373978UL)]
    [InlineData("log", 11732548462904451309UL)]
    [InlineData("tanh", 6866641685790015821UL)]
    [InlineData("sigmoid", 1496613200965320354UL)]
    public void The_bits_are_those_of_this_dialect(string function, ulong expected)
    {
        float[] values = function switch
        {
            "log" => [.. Between(float.Epsilon, float.MaxValue, 1 << 18), .. Between(0.75f, 1.5f, 1 << 18)],
            "tanh" => [.. Between(-0.01f, -10, 1 << 18), .. Between(0.5f, 1.2f, 1 << 18)],
            _ => [.. Between(-1e-4f, -104, 1 << 18), .. Between(1e-4f, 104, 1 << 18)],
        };
        ulong check = 14695981039346656037; // FNV-1a, over words
        foreach (int bits in Bits(values, All<Simd512, Vector512<float>>(function))) check = (check ^ (uint)bits) * 1099511628211;
        Assert.Equal(expected, check);
    }

    public static TheoryData<string> Functions => new("exp", "log", "tanh", "sigmoid");

    private delegate void InPlace(Span<float> values);

    private static InPlace All<TSimd, T>(string function)
        where TSimd : struct, ISimd<T>
        where T : struct => function switch
        {
            "exp" => VectorFunctions.Exp<TSimd, T>,
            "log" => VectorFunctions.Log<TSimd, T>,
            "tanh" => VectorFunctions.Tanh<TSimd, T>,
            _ => VectorFunctions.Sigmoid<TSimd, T>,
        };

    private static float Exp(float x) => VectorFunctions.Exp<SimdScalar, float>(x);

    private static float Log(float x) => VectorFunctions.Log<SimdScalar, float>(x);

    private static float Tanh(float x) => VectorFunctions.Tanh<SimdScalar, float>(x);

    private static float Sigmoid(float x) => VectorFunctions.Sigmoid<SimdScalar, float>(x);

    private static int[] Bits(ReadOnlySpan<float> values, InPlace function)
    {
        float[] results = values.ToArray();
        function(results);
        return Array.ConvertAll(results, BitConverter.SingleToInt32Bits);
    }

    // To the bit, so that −0 is not 0; but any NaN is as good as another.
    private static void Equal(float expected, float actual)
    {
        bool equal = BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual) || (float.IsNaN(expected) && float.IsNaN(actual));
        Assert.True(equal, $"Expected {expected:R}, not {actual:R}.");
    }

    private static IEnumerable<float> Between(float first, float last, int count)
    {
        long from = BitConverter.SingleToUInt32Bits(first), to = BitConverter.SingleToUInt32Bits(last);
        for (long k = 0; k < count; k++) yield return BitConverter.UInt32BitsToSingle((uint)(from + (to - from) * k / (count - 1)));
    }

    private static double Largest(Func<float, float> engine, Func<float, BigInteger> reference, float first, float last, int count) =>
        Between(first, last, count).Max(x => Units(engine(x), reference(x)));

    /// <summary>|y − expected| in units in the last place of what is expected; 0 for the infinity that a number past the largest float rounds to.</summary>
    private static double Units(float y, BigInteger expected)
    {
        BigInteger overflow = (BigInteger.One << 128) - (BigInteger.One << 103);
        if (!float.IsFinite(y)) return float.IsPositiveInfinity(y) && expected >= overflow << Reference.Places ? 0 : double.PositiveInfinity;
        int exponent = Math.Max((int)BigInteger.Abs(expected).GetBitLength() - 1 - Reference.Places, -126);
        BigInteger error = Reference.Fixed(y) - expected;
        return Math.Abs((double)error) / (double)(BigInteger.One << (Reference.Places + exponent - 23));
    }

    /// <summary>
    /// The functions in fixed point, x·2^512, right to more than 100 digits: exp by its series after halving x (no ln 2, no table, nothing of the engine's),
    /// log by Halley's iteration on it.
    /// </summary>
    private static class Reference
    {
        public const int Places = 512;

        private const int Halvings = 24;

        private static readonly BigInteger One = BigInteger.One << Places;

        /// <summary>x, exactly: the smallest float is 2^−149.</summary>
        public static BigInteger Fixed(float x)
        {
            long bits = BitConverter.DoubleToInt64Bits(Math.Abs((double)x));
            if (bits == 0) return 0;
            int exponent = (int)(bits >> 52) - 1075;
            BigInteger mantissa = (bits & ((1L << 52) - 1)) | (1L << 52);
            int shift = Places + exponent;
            BigInteger value = shift >= 0 ? mantissa << shift : mantissa >> -shift;
            return x < 0 ? -value : value;
        }

        public static BigInteger Exp(float x) => Exp(Fixed(x));

        public static BigInteger Log(float x)
        {
            // Each step triples the digits of y: 15, 45, 135.
            BigInteger target = Fixed(x), y = (BigInteger)Math.ScaleB(Math.Log(x), 64) << (Places - 64);
            for (int k = 0; k < 3; k++)
            {
                BigInteger e = Exp(y);
                y += ((target - e) << (Places + 1)) / (target + e);
            }

            return y;
        }

        public static BigInteger Tanh(float x)
        {
            BigInteger e = Exp(2 * Fixed(x));
            return ((e - One) << Places) / (e + One);
        }

        public static BigInteger Sigmoid(float x) => (One << Places) / (One + Exp(-Fixed(x)));

        // e^x = (e^(x/2^k))^(2^k). Below 0 by 1/e^−x, so that no digits are lost.
        private static BigInteger Exp(BigInteger x)
        {
            if (x.Sign < 0) return (One << Places) / Exp(-x);
            BigInteger r = x >> Halvings, term = One, sum = One;
            for (int k = 1; !term.IsZero; k++)
            {
                term = (term * r >> Places) / k;
                sum += term;
            }

            for (int k = 0; k < Halvings; k++) sum = sum * sum >> Places;
            return sum;
        }
    }
}
