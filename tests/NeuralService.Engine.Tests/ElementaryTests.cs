using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>The engine's own elementary functions against those of the platform, and at their edges.</summary>
public class ElementaryTests
{
    [Fact]
    public void Exp() => Agrees(Gen.Double[-700, 709], Elementary.Exp, Math.Exp, 1e-15);

    [Fact]
    public void Log() => Agrees(Gen.Double[-300, 300].Select(x => Math.Pow(10, x)), Elementary.Log, Math.Log, 1e-15);

    [Fact]
    public void Log_near_1() => Agrees(Gen.Double[0.5, 2], Elementary.Log, Math.Log, 1e-15);

    [Fact]
    public void Sigmoid() => Agrees(Gen.Double[-700, 700], Elementary.Sigmoid, x => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)), 1e-15);

    [Fact]
    public void Tanh() => Agrees(Gen.Double[-25, 25], Elementary.Tanh, Math.Tanh, 5e-15);

    [Fact]
    public void Tanh_near_0() => Agrees(Gen.Double[-0.1, 0.1], Elementary.Tanh, Math.Tanh, 5e-15);

    [Fact]
    public void Tanh_is_odd_to_the_bit() => Gen.Double[-30, 30].Sample(x => Bits(Elementary.Tanh(-x)) == Bits(-Elementary.Tanh(x)));

    [Fact]
    public void Sine_and_cosine() => Gen.Double[-8, 8].Sample(x =>
        Math.Abs(Elementary.Sin(x) - Math.Sin(x)) < 5e-16 && Math.Abs(Elementary.Cos(x) - Math.Cos(x)) < 5e-16);

    [Fact]
    public void Softplus() => Agrees(
        Gen.Double[-700, 700], Elementary.LogOnePlusExp, x => x > 0 ? x + LogOnePlus(Math.Exp(-x)) : LogOnePlus(Math.Exp(x)), 2e-15);

    [Fact]
    public void Rounded_to_float32_they_are_within_one_unit_in_the_last_place() => Gen.Float[-80, 80].Sample(x =>
        Near((float)Elementary.Exp(x), (float)Math.Exp(x)) && Near((float)Elementary.Tanh(x), (float)Math.Tanh(x)));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(-746, 0)]
    [InlineData(-1e300, 0)]
    [InlineData(710, double.PositiveInfinity)]
    [InlineData(1e300, double.PositiveInfinity)]
    [InlineData(-745.13, 4.9406564584124654e-324)] // the smallest number there is
    public void Exp_at_its_edges(double x, double expected) => Assert.Equal(expected, Elementary.Exp(x));

    [Fact]
    public void Exp_loses_only_the_digits_that_subnormal_numbers_lack() => Gen.Double[-745, -708].Sample(x =>
        Math.Abs(Elementary.Exp(x) - Math.Exp(x)) <= 1e-15 * Math.Exp(x) + double.Epsilon);

    [Fact]
    public void Exp_up_to_the_largest_number()
    {
        Assert.Equal(Math.Exp(709.78), Elementary.Exp(709.78), Math.Exp(709.78) * 1e-15);
        Assert.True(double.IsFinite(Elementary.Exp(709.782712893384)));
        Assert.Equal(double.PositiveInfinity, Elementary.Exp(709.7827128933841));
    }

    [Theory]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(1, 0)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, double.NaN)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(4.9406564584124654e-324, -744.4400719213812)]
    [InlineData(double.MaxValue, 709.782712893384)]
    public void Log_at_its_edges(double x, double expected) => Assert.Equal(expected, Elementary.Log(x), 1e-12);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1000, 1)]
    [InlineData(-1000, 0)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void Sigmoid_at_its_edges(double x, double expected) => Assert.Equal(expected, Elementary.Sigmoid(x));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 1)]
    [InlineData(-1000, -1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.NegativeInfinity, -1)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(1e-310, 1e-310)] // subnormal
    public void Tanh_at_its_edges(double x, double expected) => Assert.Equal(expected, Elementary.Tanh(x));

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(-1000, 0)]
    [InlineData(0, 0.6931471805599453)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void Softplus_at_its_edges(double x, double expected) => Assert.Equal(expected, Elementary.LogOnePlusExp(x), 1e-15);

    [Fact]
    public void Power_is_the_product()
    {
        Assert.Equal(1, Elementary.Power(0, 0));
        Assert.Equal(1024, Elementary.Power(2, 10));
        Assert.Equal(0, Elementary.Power(0.9, 1_000_000));
        Gen.Select(Gen.Double[0.5, 1], Gen.Int[0, 1000]).Sample((x, n) => Math.Abs(Elementary.Power(x, n) / Math.Pow(x, n) - 1) < 1e-13);
    }

    private static void Agrees(Gen<double> values, Func<double, double> engine, Func<double, double> platform, double tolerance) =>
        values.Sample(x => Math.Abs(engine(x) - platform(x)) <= tolerance * Math.Abs(platform(x)), iter: 2000);

    // Kahan's: the error of 1 + y cancels in the quotient.
    private static double LogOnePlus(double y) => 1 + y == 1 ? y : Math.Log(1 + y) * y / (1 + y - 1);

    private static long Bits(double x) => BitConverter.DoubleToInt64Bits(x);

    private static bool Near(float a, float b) => Math.Abs(BitConverter.SingleToInt32Bits(a) - BitConverter.SingleToInt32Bits(b)) <= 1;
}
