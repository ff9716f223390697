using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace NeuralService.Hosting;

/// <summary>A value type or null.</summary>
internal sealed class OptionalShape<T> : JsonShape<T?>
    where T : struct
{
    private readonly JsonShape<T> inner;

    public OptionalShape(JsonShape<T> inner)
    {
        this.inner = inner;
        TakesNull = true;
    }

    protected override string Expected => "";   // the inner shape speaks

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T? value)
    {
        bool right = inner.TryRead(ref reader, reading, out T read);
        value = right ? read : null;
        return right;
    }
}

/// <summary>A text.</summary>
internal sealed class TextShape(Length length) : JsonShape<string>
{
    public override string Blank => "";

    protected override string Expected => "a text";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out string value)
    {
        if (reader.TokenType != JsonTokenType.String)
            return WrongType(ref reader, reading, out value);
        if (!reading.TryText(ref reader, out value))
            return false;
        if (value.Length >= length.Least && value.Length <= length.Most)
            return true;
        reading.Meaningless(Problems.WrongLength("character", value.Length, length.Least, length.Most));
        return false;
    }
}

/// <summary>true or false.</summary>
internal sealed class BooleanShape : JsonShape<bool>
{
    protected override string Expected => "true or false";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False || WrongType(ref reader, reading, out value);
    }
}

/// <summary>A whole number; 16.0 is one too.</summary>
internal sealed class IntegerShape<T>(RangeAttribute? range) : JsonShape<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly NumberRange range = NumberRange.From(range, double.CreateSaturating(T.MinValue), double.CreateSaturating(T.MaxValue));

    protected override string Expected => "a whole number";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out double number) || Math.Floor(number) != number)
            return WrongType(ref reader, reading, out value);
        bool exact = reader.TryGetInt64(out long whole);
        value = exact ? T.CreateSaturating(whole) : T.CreateSaturating(number);
        if (range.Holds(number) && (exact ? long.CreateSaturating(value) == whole : Math.Abs(number) < long.MaxValue))
            return true;
        reading.Meaningless(Problems.OutOfRange(Problems.Short(System.Text.Encoding.UTF8.GetString(reader.ValueSpan)), range.ToString()));
        value = default;
        return false;
    }
}

/// <summary>A finite number within float32.</summary>
internal sealed class NumberShape(RangeAttribute? range) : JsonShape<double>
{
    private readonly NumberRange range = NumberRange.From(range, -float.MaxValue, float.MaxValue);

    protected override string Expected => "a number";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out double value)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out value))
            return WrongType(ref reader, reading, out value);
        if (range.Holds(value))
            return true;
        reading.Meaningless(Problems.OutOfRange(Problems.Short(System.Text.Encoding.UTF8.GetString(reader.ValueSpan)), range.ToString()));
        value = 0;
        return false;
    }
}

/// <summary>Which numbers may stand at a place.</summary>
internal sealed record NumberRange(double Least, double Most, bool OverLeast, bool UnderMost)
{
    public static NumberRange From(RangeAttribute? attribute, double least, double most) => attribute is null
        ? new NumberRange(least, most, false, false)
        : new NumberRange(
            Convert.ToDouble(attribute.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(attribute.Maximum, CultureInfo.InvariantCulture),
            attribute.MinimumIsExclusive, attribute.MaximumIsExclusive);

    public bool Holds(double value) =>
        (OverLeast ? value > Least : value >= Least) && (UnderMost ? value < Most : value <= Most);

    public override string ToString()
    {
        string from = OverLeast ? $"over {Text(Least)}" : $"from {Text(Least)}";
        return UnderMost ? $"{from} to under {Text(Most)}" : $"{from} to {Text(Most)}";
    }

    private static string Text(double bound) => Math.Abs(bound) == float.MaxValue
        ? ((float)bound).ToString("R", CultureInfo.InvariantCulture)
        : bound.ToString(Math.Floor(bound) == bound && Math.Abs(bound) < 1e16 ? "#,0" : "R", CultureInfo.InvariantCulture);
}

/// <summary>One of the known words. Their case does not matter, because clients generated from the API description write the names of their own language.</summary>
internal sealed class EnumShape<T> : JsonShape<T>
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> Words =
        Enum.GetValues<T>().ToDictionary(v => JsonNamingPolicy.CamelCase.ConvertName(v.ToString()), StringComparer.OrdinalIgnoreCase);

    protected override string Expected => $"one of {string.Join(", ", Words.Keys)}";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        if (reader.TokenType != JsonTokenType.String)
            return WrongType(ref reader, reading, out value);
        value = default;
        if (!reading.TryText(ref reader, out string word))
            return false;
        if (Words.TryGetValue(word, out value))
            return true;
        reading.Meaningless(Problems.UnknownWord(word, Words.Keys));
        return false;
    }
}

/// <summary>A value that brings its own reader.</summary>
internal sealed class OneOfShape<T> : JsonShape<T>
    where T : IOneOf<T>
{
    public OneOfShape(bool takesNull) => TakesNull = takesNull;

    protected override string Expected => "a value";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        try
        {
            return T.TryRead(JsonElement.ParseValue(ref reader), reading.Path.ToString(), reading.Faults, out value);
        }
        catch (InvalidOperationException)
        {
            reading.Malformed(Problems.BrokenText()); // a text in it holds half a surrogate pair
            value = default!;
            return false;
        }
    }
}

/// <summary>Any JSON, kept as it is; numbers must be finite and keys may not be given twice.</summary>
internal sealed class RawShape : JsonShape<JsonElement>
{
    protected override string Expected => "a value";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out JsonElement value)
    {
        value = JsonElement.ParseValue(ref reader);
        return Check(value, reading);
    }

    private static bool Check(JsonElement value, JsonReading reading) => value.ValueKind switch
    {
        JsonValueKind.Object => CheckObject(value, reading),
        JsonValueKind.Array => CheckList(value, reading),
        JsonValueKind.Number => CheckNumber(value, reading),
        _ => true,
    };

    private static bool CheckObject(JsonElement value, JsonReading reading)
    {
        bool right = true;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
        {
            reading.Path.Enter(field.Name);
            if (!seen.Add(field.Name))
            {
                reading.Malformed(Problems.GivenTwice());
                right = false;
            }
            right &= Check(field.Value, reading);
            reading.Path.Leave();
        }
        return right;
    }

    private static bool CheckList(JsonElement value, JsonReading reading)
    {
        bool right = true;
        int index = 0;
        foreach (var element in value.EnumerateArray())
        {
            reading.Path.Enter(index++);
            right &= Check(element, reading);
            reading.Path.Leave();
        }
        return right;
    }

    private static bool CheckNumber(JsonElement value, JsonReading reading)
    {
        if (value.TryGetDouble(out double number) && Math.Abs(number) <= float.MaxValue)
            return true;
        reading.Meaningless(Problems.OutOfRange(Problems.Short(value.GetRawText()), NumberRange.From(null, -float.MaxValue, float.MaxValue).ToString()));
        return false;
    }
}
