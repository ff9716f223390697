using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NeuralService.Hosting;

/// <summary>How JSON is written on the wire and in JSON columns.</summary>
public static class Json
{
    /// <summary>The one set of options: camelCase names and enums, strict numbers, nulls written.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Applies the same choices to options that a framework made.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new TimeConverter());
    }

    /// <summary>The JSON text of a value, for a JSON column.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>The value of a JSON column.</summary>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new InvalidOperationException($"A stored {typeof(T).Name} is null.");

    /// <summary>For sentences: quotes inside them are written as \", which a person can read in a terminal.</summary>
    public static JsonSerializerOptions ReadableOptions { get; } = Make(JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static JsonSerializerOptions Make(JavaScriptEncoder? encoder = null)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General) { Encoder = encoder };
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>RFC 3339 in UTC, always to the microsecond, as it is stored.</summary>
    private sealed class TimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
    }
}
