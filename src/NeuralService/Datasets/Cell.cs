using System.Globalization;
using System.Text;

namespace NeuralService.Datasets;

/// <summary>What the text of one cell means: nothing, a number, true or false, or a word. Texts are UTF-8.</summary>
internal static class Cell
{
    /// <summary>True for the five texts that say "no value here": an empty cell, NA, NaN, null and ?.</summary>
    public static bool IsMissing(ReadOnlySpan<byte> text) => text.Length switch
    {
        0 => true,
        1 => text[0] == '?',
        2 => text.SequenceEqual("NA"u8),
        3 => text.SequenceEqual("NaN"u8),
        4 => text.SequenceEqual("null"u8),
        _ => false,
    };

    /// <summary>True for <c>true</c> and <c>false</c> in any casing.</summary>
    public static bool TryBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        value = text.Length == 4 && Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || (text.Length == 5 && Ascii.EqualsIgnoreCase(text, "false"u8));
    }

    /// <summary>
    /// Reads a decimal number: sign, digits with at most one decimal sign, exponent; no thousands separators, no words such as inf.
    /// A number too large for a double is read as infinity: the caller refuses it with its place.
    /// </summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, byte decimalSign, out double value)
    {
        if (TryShortWhole(text, out value))
            return true;
        text = Trim(text);
        int i = 0;
        bool negative = false;
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
            negative = text[i++] == '-';

        ulong digits = 0;
        int start = i, point = -1;
        for (; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit <= 9)
                digits = unchecked((digits * 10) + digit);
            else if (text[i] == decimalSign && point < 0)
                point = i;
            else
                break;
        }
        int count = i - start - (point >= 0 ? 1 : 0);
        if (count == 0)
            return false;

        // Up to 15 digits and 22 places are exact in double, and so is their quotient's rounding (Clinger's fast path).
        int places = point < 0 ? 0 : i - point - 1;
        if (i == text.Length && count <= 15 && places <= 22)
        {
            value = places == 0 ? digits : digits / PowersOfTen[places];
            value = negative ? -value : value;
            return true;
        }
        return (i == text.Length || IsExponent(text[i..])) && TryAnyNumber(text, decimalSign, out value);
    }

    /// <summary>The text without blanks around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int from = 0, to = text.Length;
        while (from < to && text[from] is (byte)' ' or (byte)'\t')
            from++;
        while (to > from && text[to - 1] is (byte)' ' or (byte)'\t')
            to--;
        return text[from..to];
    }

    /// <summary>The shortest text that reads back as the same double, as JSON prints it.</summary>
    public static string Shortest(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Most cells of most tables: a few digits and nothing else.</summary>
    private static bool TryShortWhole(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (text.Length is 0 or > 9)
            return false;
        uint digits = 0;
        foreach (byte b in text)
        {
            uint digit = (uint)b - '0';
            if (digit > 9)
                return false;
            digits = (digits * 10) + digit;
        }
        value = digits;
        return true;
    }

    private static bool IsExponent(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)'e' or (byte)'E'))
            return false;
        int i = text.Length > 1 && text[1] is (byte)'-' or (byte)'+' ? 2 : 1;
        return i < text.Length && !text[i..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static bool TryAnyNumber(ReadOnlySpan<byte> text, byte decimalSign, out double value)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (decimalSign == '.')
            return double.TryParse(text, style, CultureInfo.InvariantCulture, out value);
        Span<byte> copy = text.Length <= 256 ? stackalloc byte[text.Length] : new byte[text.Length];
        text.CopyTo(copy);
        copy.Replace(decimalSign, (byte)'.');
        return double.TryParse(copy, style, CultureInfo.InvariantCulture, out value);
    }

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];
}
