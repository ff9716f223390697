using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;

namespace NeuralService.Hosting;

/// <summary>One pass over a body: where it stands and what was wrong so far.</summary>
internal sealed class JsonReading
{
    public Faults Faults { get; } = new();

    public JsonPath Path { get; } = new();

    public void Malformed(string sentence) => Faults.Malformed(Path.ToString(), sentence);

    public void Meaningless(string sentence) => Faults.Meaningless(Path.ToString(), sentence);

    /// <summary>What stands here, in words.</summary>
    public static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    /// <summary>The text at the reader; false, with a fault, where it holds half a surrogate pair.</summary>
    public bool TryText(ref Utf8JsonReader reader, out string text)
    {
        try
        {
            text = reader.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            Malformed(Problems.BrokenText());
            text = "";
            return false;
        }
    }
}

/// <summary>A small value that may be written in more than one way, such as a number or a word; it brings its own reader and schema.</summary>
public interface IOneOf<TSelf>
    where TSelf : IOneOf<TSelf>
{
    /// <summary>Reads the value; where it is wrong, adds a fault under the path and answers false.</summary>
    static abstract bool TryRead(JsonElement value, string path, Faults faults, out TSelf result);

    /// <summary>Writes the value as it may be read again.</summary>
    void Write(Utf8JsonWriter writer);

    /// <summary>What the reader takes, as a schema.</summary>
    /// <remarks>
    /// Client generators give such a member the type of the first way. So that comes first which can say everything; where none can, one without a type, which they
    /// make an object.
    /// </remarks>
    static abstract OpenApiSchema Schema();
}

/// <summary>Stores and answers a <see cref="IOneOf{TSelf}"/> as callers write it.</summary>
public sealed class OneOfConverter<T> : JsonConverter<T>
    where T : class, IOneOf<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var faults = new Faults();
        return T.TryRead(JsonElement.ParseValue(ref reader), "$", faults, out T value) ? value : throw new JsonException($"This is no stored {typeof(T).Name}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => value.Write(writer);
}
