namespace NeuralService.Engine;

/// <summary>
/// exp, log, tanh, sigmoid, sine and cosine in double, from additions, multiplications, divisions and fused multiply-adds alone. Those are rounded the
/// same way on every processor, so the results have the same bits everywhere; those of the C library do not (design law 3).
/// </summary>
/// <remarks>Relative error below 1e-15 in the ranges that training uses (tanh: 5e-15, where 1 − e^−2x cancels); rounded once to float32 the results are within one unit in the last place.</remarks>
public static class Elementary
{
    // ln 2 in two parts: the first has 21 trailing zero bits, so that n·Ln2High is exact for every exponent n.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // π/2 in two parts, likewise.
    private const double HalfPiHigh = 1.57079632673412561417e+00;
    private const double HalfPiLow = 6.07710050650619224932e-11;

    /// <summary>e^x; 0 below −745.2, infinity above 709.79, NaN for NaN.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.79) return double.PositiveInfinity;
        if (x < -745.2) return 0;

        // x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n · e^r; e^r by its series, whose 14th term is below 4e-18.
        double n = Math.Round(x * 1.4426950408889634);
        double r = Math.FusedMultiplyAdd(-n, Ln2Low, Math.FusedMultiplyAdd(-n, Ln2High, x));
        double p = 1 / 6227020800.0;
        p = Math.FusedMultiplyAdd(p, r, 1 / 479001600.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 39916800.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 3628800.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 362880.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 40320.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 5040.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 720.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 120.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 24.0);
        p = Math.FusedMultiplyAdd(p, r, 1 / 6.0);
        p = Math.FusedMultiplyAdd(p, r, 0.5);
        p = Math.FusedMultiplyAdd(p, r, 1);
        p = Math.FusedMultiplyAdd(p, r, 1);
        return Math.ScaleB(p, (int)n);
    }

    /// <summary>Natural logarithm; −infinity for 0, NaN below 0 and for NaN.</summary>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0) return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x)) return x;

        // x = 2^e · m with m in [√½, √2); ln m = 2·artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.172: the series' 12th term is below 1e-18.
        const double LeastNormal = 2.2250738585072014e-308, Subnormal = 18014398509481984; // 2^54 makes a normal number of every subnormal one
        bool isSubnormal = x < LeastNormal;
        long bits = BitConverter.DoubleToInt64Bits(isSubnormal ? x * Subnormal : x);
        int e = (int)(bits >> 52) - 1023 - (isSubnormal ? 54 : 0);
        double m = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            e++;
        }

        double s = (m - 1) / (m + 1), s2 = s * s, p = 1 / 23.0;
        p = Math.FusedMultiplyAdd(p, s2, 1 / 21.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 19.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 17.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 15.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 13.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 11.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 9.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 7.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 5.0);
        p = Math.FusedMultiplyAdd(p, s2, 1 / 3.0);
        double tail = 2 * s * s2 * p;
        return Math.FusedMultiplyAdd(e, Ln2High, Math.FusedMultiplyAdd(e, Ln2Low, tail) + 2 * s);
    }

    /// <summary>ln(1 + e^x), the softplus, without overflow and without loss for large negative x.</summary>
    public static double LogOnePlusExp(double x) =>
        x > 0 ? x + LogOnePlus(Exp(-x)) : LogOnePlus(Exp(x));

    /// <summary>1 / (1 + e^−x) (lecture S08); exactly ½ at 0, no overflow anywhere.</summary>
    public static double Sigmoid(double x)
    {
        if (x >= 0) return 1 / (1 + Exp(-x));
        double e = Exp(x);
        return e / (1 + e);
    }

    /// <summary>tanh x (lecture S10), odd to the bit.</summary>
    public static double Tanh(double x)
    {
        double a = Math.Abs(x);
        if (a < 0.02)
        {
            // x − x³/3 + 2x⁵/15 − 17x⁷/315: below 0.02 the next term is under 1e-15 of x, and 1 − e^−2x would lose digits.
            double x2 = x * x;
            return x * (1 + x2 * (-1 / 3.0 + x2 * (2 / 15.0 - x2 * (17 / 315.0))));
        }

        double e = Exp(-2 * a);
        double t = (1 - e) / (1 + e);
        return x < 0 ? -t : t;
    }

    /// <summary>Cosine of x, |x| ≤ 8 (used for the cosine schedule and for normal variates).</summary>
    public static double Cos(double x) => SineOrCosine(x, quarter: 1);

    /// <summary>Sine of x, |x| ≤ 8.</summary>
    public static double Sin(double x) => SineOrCosine(x, quarter: 0);

    /// <summary>x^n by repeated squaring, n ≥ 0: the same bits wherever training starts from, unlike a running product.</summary>
    public static double Power(double x, long n)
    {
        double result = 1;
        for (; n > 0; n >>= 1, x *= x)
        {
            if ((n & 1) == 1) result *= x;
        }

        return result;
    }

    private static double LogOnePlus(double y)
    {
        // For small y, 1 + y loses digits of y; ln(1 + y) = 2·artanh(y / (2 + y)) does not.
        if (y > 0.2) return Log(1 + y);
        double s = y / (2 + y), s2 = s * s, p = 1 / 17.0;
        for (int k = 15; k >= 1; k -= 2) p = Math.FusedMultiplyAdd(p, s2, 1.0 / k);
        return 2 * s * p;
    }

    private static double SineOrCosine(double x, int quarter)
    {
        double n = Math.Round(x * 0.63661977236758138);
        double r = Math.FusedMultiplyAdd(-n, HalfPiLow, Math.FusedMultiplyAdd(-n, HalfPiHigh, x));
        int quadrant = ((int)n + quarter) & 3;
        double value = (quadrant & 1) == 0 ? SineSeries(r) : CosineSeries(r);
        return (quadrant & 2) == 0 ? value : -value;
    }

    // |r| ≤ π/4: both series end where the next term is below 1e-17.
    private static double SineSeries(double r)
    {
        double r2 = r * r, p = 1;
        for (int k = 18; k >= 2; k -= 2) p = 1 - p * r2 / (k * (k + 1));
        return r * p;
    }

    private static double CosineSeries(double r)
    {
        double r2 = r * r, p = 1;
        for (int k = 17; k >= 1; k -= 2) p = 1 - p * r2 / (k * (k + 1));
        return p;
    }
}
