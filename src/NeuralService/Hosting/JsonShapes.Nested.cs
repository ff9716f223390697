using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NeuralService.Hosting;

/// <summary>A list; each element is read, so that all faults are found.</summary>
internal abstract class ElementsShape<TList, TElement> : JsonShape<TList>
{
    private readonly JsonShape<TElement> element;
    private readonly Length length;

    protected ElementsShape(JsonShape element, Length length, bool takesNull)
    {
        this.element = (JsonShape<TElement>)element;
        this.length = length;
        TakesNull = takesNull;
    }

    public override TList Blank => From([]);

    protected override string Expected => "a list";

    protected abstract TList From(List<TElement> elements);

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out TList value)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return WrongType(ref reader, reading, out value);
        var elements = new List<TElement>();
        reading.Path.Enter(0);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            element.TryRead(ref reader, reading, out TElement read);
            elements.Add(read);
            reading.Path.Leave();
            reading.Path.Enter(elements.Count);
        }
        reading.Path.Leave();
        value = From(elements);
        if (elements.Count < length.Least || elements.Count > length.Most)
            reading.Meaningless(Problems.WrongLength("element", elements.Count, length.Least, length.Most));
        return true;
    }
}

/// <summary>A list into an array.</summary>
internal sealed class ArrayShape<T>(JsonShape element, Length length, bool takesNull) : ElementsShape<T[], T>(element, length, takesNull)
{
    protected override T[] From(List<T> elements) => [.. elements];
}

/// <summary>A list into a list.</summary>
internal sealed class ListShape<TList, T>(JsonShape element, Length length, bool takesNull) : ElementsShape<TList, T>(element, length, takesNull)
{
    protected override TList From(List<T> elements) => (TList)(object)elements;
}

/// <summary>An object with free keys.</summary>
internal sealed class MapShape<TMap, TValue> : JsonShape<TMap>
{
    private readonly JsonShape<TValue> element;
    private readonly Length length;

    public MapShape(JsonShape element, Length length, bool takesNull)
    {
        this.element = (JsonShape<TValue>)element;
        this.length = length;
        TakesNull = takesNull;
    }

    public override TMap Blank => (TMap)(object)new Dictionary<string, TValue>();

    protected override string Expected => "an object";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out TMap value)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return WrongType(ref reader, reading, out value);
        var map = new Dictionary<string, TValue>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            bool named = reading.TryText(ref reader, out string key);
            reading.Path.Enter(key);
            reader.Read();
            element.TryRead(ref reader, reading, out TValue read);
            if (named && !map.TryAdd(key, read))
                reading.Malformed(Problems.GivenTwice());
            reading.Path.Leave();
        }
        value = (TMap)(object)map;
        if (map.Count < length.Least || map.Count > length.Most)
            reading.Meaningless(Problems.WrongLength("entry", map.Count, length.Least, length.Most));
        return true;
    }
}

/// <summary>An object with the fields of a request record.</summary>
internal sealed class RecordShape<T> : JsonShape<T>
    where T : class
{
    private static readonly Lazy<Dictionary<string, Member>> Members = new(Find);

    public RecordShape(bool takesNull = false) => TakesNull = takesNull;

    /// <summary>A record with every default, and empty where a value is required.</summary>
    public override T Blank
    {
        get
        {
            var blank = Activator.CreateInstance<T>();
            foreach (var member in Members.Value.Values)
                member.FillWhereNull(blank);
            return blank;
        }
    }

    protected override string Expected => "an object";

    protected override bool TryReadValue(ref Utf8JsonReader reader, JsonReading reading, out T value)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return WrongType(ref reader, reading, out value);
        value = Activator.CreateInstance<T>();
        var given = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            reading.TryText(ref reader, out string name);
            reading.Path.Enter(name);
            reader.Read();
            if (!Members.Value.TryGetValue(name, out var member))
            {
                reading.Malformed(Problems.UnknownField(name, Members.Value.Keys));
                reader.Skip();
            }
            else if (!given.Add(name))
            {
                reading.Malformed(Problems.GivenTwice());
                reader.Skip();
            }
            else
            {
                member.Read(ref reader, reading, value);
            }
            reading.Path.Leave();
        }
        foreach (var (name, member) in Members.Value)
        {
            if (member.Required && !given.Contains(name))
                reading.Faults.Malformed(JsonPath.Below(reading.Path.ToString(), name), Problems.Missing());
            member.FillWhereNull(value);
        }
        return true;
    }

    private static Dictionary<string, Member> Find()
    {
        var nullability = new NullabilityInfoContext();
        var members = new Dictionary<string, Member>(StringComparer.Ordinal);
        foreach (var property in typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.SetMethod is not null))
        {
            string name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var shape = JsonShape.Of(nullability.Create(property), property);
            members[name] = (Member)Activator.CreateInstance(typeof(Member<>).MakeGenericType(typeof(T), property.PropertyType), property, shape)!;
        }
        return members;
    }

    private abstract class Member(PropertyInfo property)
    {
        public bool Required { get; } = property.IsDefined(typeof(RequiredMemberAttribute));

        public abstract void Read(ref Utf8JsonReader reader, JsonReading reading, T record);

        public abstract void FillWhereNull(T record);
    }

    private sealed class Member<TValue>(PropertyInfo property, JsonShape shape) : Member(property)
    {
        private readonly JsonShape<TValue> shape = (JsonShape<TValue>)shape;
        private readonly PropertyInfo property = property;

        /// <summary>A faulty value leaves the member at its default.</summary>
        public override void Read(ref Utf8JsonReader reader, JsonReading reading, T record)
        {
            if (shape.TryRead(ref reader, reading, out TValue value))
                property.SetValue(record, value);
        }

        /// <summary>So that later checks need not fear a null where the type promises none.</summary>
        public override void FillWhereNull(T record)
        {
            if (!shape.TakesNull && !typeof(TValue).IsValueType && property.GetValue(record) is null)
                property.SetValue(record, shape.Blank);
        }
    }
}
