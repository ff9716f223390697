using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using NeuralService.Hosting;

namespace NeuralService.Training;

/// <summary>Rows of a step: a whole number, or "full".</summary>
/// <param name="Rows">The number; null for all rows.</param>
[JsonConverter(typeof(OneOfConverter<BatchSize>))]
public sealed record BatchSize(int? Rows) : IOneOf<BatchSize>
{
    /// <inheritdoc/>
    public static bool TryRead(JsonElement value, string path, Faults faults, out BatchSize result)
    {
        result = new BatchSize(32);
        if (value.ValueKind == JsonValueKind.String && value.GetString() == "full")
        {
            result = new BatchSize(Rows: null);
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long rows))
        {
            faults.Malformed(path, Problems.WrongType("a whole number of rows or \"full\"", Problems.Short(value.GetRawText())));
            return false;
        }

        if (rows is < 1 or > int.MaxValue)
        {
            faults.Meaningless(path, Problems.OutOfRange(Problems.Number(rows), $"from 1 to {Problems.Number(int.MaxValue)}, or \"full\""));
            return false;
        }

        result = new BatchSize((int)rows);
        return true;
    }

    /// <inheritdoc/>
    public static OpenApiSchema Schema() => new()
    {
        Description = "A whole number of rows, 1 or more, or the word full.",
        OneOf = [new OpenApiSchema { Const = "full" }, new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }],
    };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        if (Rows is { } rows) writer.WriteNumberValue(rows);
        else writer.WriteStringValue("full");
    }
}

/// <summary>One column, or a list of several.</summary>
/// <param name="Names">Their names; at least one.</param>
/// <param name="IsList">Whether a list was given.</param>
[JsonConverter(typeof(OneOfConverter<Columns>))]
public sealed record Columns(IReadOnlyList<string> Names, bool IsList) : IOneOf<Columns>
{
    /// <inheritdoc/>
    public static bool TryRead(JsonElement value, string path, Faults faults, out Columns result)
    {
        result = new Columns([], false);
        if (value.ValueKind == JsonValueKind.String)
        {
            result = new Columns([value.GetString()!], false);
            return true;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
        {
            faults.Malformed(path, Problems.WrongType("the name of a column, or a list of names,", Problems.Short(value.GetRawText())));
            return false;
        }

        result = new Columns([.. value.EnumerateArray().Select(e => e.GetString()!)], true);
        if (result.Names.Count > 0 && result.Names.Distinct(StringComparer.Ordinal).Count() == result.Names.Count) return true;
        faults.Meaningless(path, Problems.NoDistinctColumns());
        return false;
    }

    /// <inheritdoc/>
    public static OpenApiSchema Schema() => new()
    {
        Description = "The name of a column, or a list of names.",
        OneOf =
        [
            new OpenApiSchema { Not = new OpenApiSchema { Type = JsonSchemaType.Array | JsonSchemaType.Object | JsonSchemaType.Number | JsonSchemaType.Boolean | JsonSchemaType.Null } },
            new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
        ],
    };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        if (!IsList)
        {
            writer.WriteStringValue(Names[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (string name in Names) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }
}

/// <summary>Name of a class: a text, or a number or boolean as JSON prints it.</summary>
/// <param name="Text">The name.</param>
[JsonConverter(typeof(OneOfConverter<Label>))]
public sealed record Label(string Text) : IOneOf<Label>
{
    /// <inheritdoc/>
    public static bool TryRead(JsonElement value, string path, Faults faults, out Label result)
    {
        result = new Label("");
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        if (text is null)
        {
            faults.Malformed(path, Problems.WrongType("the name of a class", Problems.Short(value.GetRawText())));
            return false;
        }

        result = new Label(text);
        return true;
    }

    /// <inheritdoc/>
    public static OpenApiSchema Schema() => new()
    {
        Description = "A text, or a number or boolean as JSON prints it.",
        OneOf = [new OpenApiSchema { Type = JsonSchemaType.String }, new OpenApiSchema { Type = JsonSchemaType.Number }, new OpenApiSchema { Type = JsonSchemaType.Boolean }],
    };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteStringValue(Text);
}

/// <summary>Weights of the classes in the gradient: "none", "balanced", or a number by class.</summary>
/// <param name="Balanced">Whether every class shall count the same.</param>
/// <param name="ByClass">The numbers; a class that is left out counts 1.</param>
[JsonConverter(typeof(OneOfConverter<ClassWeights>))]
public sealed record ClassWeights(bool Balanced, IReadOnlyDictionary<string, double>? ByClass) : IOneOf<ClassWeights>
{
    /// <inheritdoc/>
    public static bool TryRead(JsonElement value, string path, Faults faults, out ClassWeights result)
    {
        result = new ClassWeights(false, null);
        if (value.ValueKind == JsonValueKind.String && value.GetString() is "none" or "balanced")
        {
            result = new ClassWeights(value.GetString() == "balanced", null);
            return true;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Malformed(path, Problems.WrongType("\"none\", \"balanced\" or an object of numbers by class", Problems.Short(value.GetRawText())));
            return false;
        }

        var byClass = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
        {
            string place = JsonPath.Below(path, entry.Name);
            if (entry.Value.ValueKind != JsonValueKind.Number) faults.Malformed(place, Problems.WrongType("a number", Problems.Short(entry.Value.GetRawText())));
            else if (!byClass.TryAdd(entry.Name, entry.Value.GetDouble())) faults.Malformed(place, Problems.GivenTwice());
            else if (byClass[entry.Name] is not (>= 0 and <= 1e6)) faults.Meaningless(place, Problems.OutOfRange(entry.Value.GetRawText(), "from 0 to 1,000,000"));
        }

        result = new ClassWeights(false, byClass);
        return !faults.Has(path);
    }

    /// <inheritdoc/>
    public static OpenApiSchema Schema() => new()
    {
        Description = "none, balanced, or an object of numbers by class.",
        OneOf =
        [
            new OpenApiSchema { Const = "none" }, new OpenApiSchema { Const = "balanced" },
            new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number } },
        ],
    };

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        if (ByClass is null)
        {
            writer.WriteStringValue(Balanced ? "balanced" : "none");
            return;
        }

        writer.WriteStartObject();
        foreach (var (name, weight) in ByClass) writer.WriteNumber(name, weight);
        writer.WriteEndObject();
    }
}
