using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;

namespace NeuralService.Hosting;

/// <summary>How a value of one type is read from JSON. A shape is made once for each place where a value may stand.</summary>
internal abstract class JsonShape
{
    /// <summary>Whether null may stand here.</summary>
    public bool TakesNull { get; init; }

    /// <summary>The shape of a value of this type, with the limits that its attributes set.</summary>
    public static JsonShape Of(NullabilityInfo place, PropertyInfo? attributes)
    {
        Type type = place.Type;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Make(typeof(OptionalShape<>), [inner], Plain(inner, place, attributes, takesNull: false));
        return Plain(type, place, attributes, takesNull: !type.IsValueType && place.WriteState != NullabilityState.NotNull);
    }

    private static JsonShape Plain(Type type, NullabilityInfo place, PropertyInfo? attributes, bool takesNull)
    {
        var range = attributes?.GetCustomAttribute<RangeAttribute>();
        var length = new Length(attributes?.GetCustomAttribute<MinLengthAttribute>()?.Length ?? 0, attributes?.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? int.MaxValue);
        if (type == typeof(string))
            return new TextShape(length) { TakesNull = takesNull };
        if (type == typeof(bool))
            return new BooleanShape();
        if (type == typeof(int))
            return new IntegerShape<int>(range);
        if (type == typeof(long))
            return new IntegerShape<long>(range);
        if (type == typeof(double))
            return new NumberShape(range);
        if (type == typeof(JsonElement))
            return new RawShape();
        if (type.IsEnum)
            return Make(typeof(EnumShape<>), [type]);
        if (type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IOneOf<>)))
            return Make(typeof(OneOfShape<>), [type], takesNull);
        if (type.IsArray)
            return Make(typeof(ArrayShape<>), [type.GetElementType()!], Of(place.ElementType!, null), length, takesNull);
        if (type.IsGenericType && IsOneOf(type.GetGenericTypeDefinition(), typeof(IReadOnlyList<>), typeof(List<>), typeof(IReadOnlyCollection<>)))
            return Make(typeof(ListShape<,>), [type, type.GenericTypeArguments[0]], Of(place.GenericTypeArguments[0], null), length, takesNull);
        if (type.IsGenericType && IsOneOf(type.GetGenericTypeDefinition(), typeof(IReadOnlyDictionary<,>), typeof(Dictionary<,>)))
            return Make(typeof(MapShape<,>), [type, type.GenericTypeArguments[1]], Of(place.GenericTypeArguments[1], null), length, takesNull);
        return Make(typeof(RecordShape<>), [type], takesNull);
    }

    private static bool IsOneOf(Type type, params Type[] types) => types.Contains(type);

    private static JsonShape Make(Type generic, Type[] types, params object?[] arguments) =>
        (JsonShape)Activator.CreateInstance(generic.MakeGenericType(types), arguments)!;
}

/// <summary>How long a text or a list may be.</summary>
internal sealed record Length(int Least, int Most);

/// <summary>How a <typeparamref name="T"/> is read from JSON.</summary>
internal abstract class JsonShape<T> : JsonShape
{
    /// <summary>What stands in a list where an element is faulty, so that the others keep their places.</summary>
    public virtual T Blank => default!;

    /// <summary>What is expected here, in words.</summary>
    protected abstract string Expected { get; }

    /// <summary>
    /// Reads the value whose first token the reader stands on, and leaves the reader on its last.
    /// Where the value is faulty, that is said, the value is passed over, and the answer is false with <see cref="Blank"/>.
    /// </summary>
    public bool TryRead(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        if (reader.TokenType != JsonTokenType.Null)
            return TryReadValue(ref reader, reading, out value);
        value = TakesNull ? default! : Blank;
        if (!TakesNull)
            reading.Malformed(Problems.MustNotBeNull(Expected));
        return TakesNull;
    }

    /// <summary>Reads a value that is not null.</summary>
    protected abstract bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T value);

    /// <summary>Says that something else stands here, and passes over it.</summary>
    protected bool WrongType(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        reading.Malformed(Problems.WrongType(Expected, Given(ref reader)));
        reader.Skip();
        value = Blank;
        return false;
    }

    /// <summary>What stands here, in words; a short text or number is quoted.</summary>
    private static string Given(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            return JsonReading.Kind(reader.TokenType);
        string raw = System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
        string shown = Problems.Short(raw);
        return reader.TokenType == JsonTokenType.Number ? shown : $"the text \"{shown}\"";
    }
}
