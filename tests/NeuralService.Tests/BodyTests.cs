using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using Microsoft.OpenApi;
using NeuralService.Hosting;

namespace NeuralService.Tests;

/// <summary>How strictly a body is read, without a service around it.</summary>
public sealed class BodyTests
{
    public enum Colour
    {
        DarkRed,
        Green,
    }

    public sealed record Inner
    {
        [Range(1, 10)]
        public required int Count { get; init; }

        public double Rate { get; init; } = 0.5;
    }

    /// <summary>A number or the word "full".</summary>
    public readonly record struct Size(int? Value) : IOneOf<Size>
    {
        public static bool TryRead(JsonElement value, string path, Faults faults, out Size result)
        {
            result = value.ValueKind == JsonValueKind.Number ? new Size(value.GetInt32()) : default;
            if (value.ValueKind == JsonValueKind.Number || (value.ValueKind == JsonValueKind.String && value.GetString() == "full"))
                return true;
            faults.Malformed(path, "A number or \"full\" is expected.");
            return false;
        }

        public void Write(Utf8JsonWriter writer) => writer.WriteNumberValue(Value ?? 0);

        public static OpenApiSchema Schema() => new();
    }

    public sealed record Request
    {
        public required string Name { get; init; }
        public string? Note { get; init; }
        public bool Flag { get; init; } = true;
        public long? Seed { get; init; }
        public Colour Colour { get; init; } = Colour.Green;
        public Inner? Inner { get; init; }
        public IReadOnlyList<Inner> Items { get; init; } = [];
        public double[][] Inputs { get; init; } = [];
        public IReadOnlyList<double?> Holes { get; init; } = [];
        public IReadOnlyDictionary<string, Inner> Map { get; init; } = new Dictionary<string, Inner>();
        public JsonElement? Raw { get; init; }
        public Size Size { get; init; } = new(32);

        [MinLength(2), MaxLength(3)]
        public string Code { get; init; } = "ab";
    }

    [Fact]
    public void A_whole_body_is_read()
    {
        var body = Read("""
            { "name": "n", "note": null, "flag": false, "seed": 9007199254740993, "colour": "darkRed", "inner": { "count": 3.0 }, "items": [ { "count": 1, "rate": 1e-3 } ],
              "inputs": [ [ 1, 2.5 ], [] ], "holes": [ null, -1 ], "map": { "a.b": { "count": 2 } }, "raw": { "x": [ 1 ] }, "size": "full" }
            """).Checked();
        Assert.Equal(("n", null, false, 9007199254740993L, Colour.DarkRed), (body.Name, body.Note, body.Flag, body.Seed, body.Colour));
        Assert.Equal(3, body.Inner!.Count);
        Assert.Equal(0.001, body.Items[0].Rate);
        Assert.Equal([1, 2.5], body.Inputs[0]);
        Assert.Equal([null, -1], body.Holes);
        Assert.Equal(2, body.Map["a.b"].Count);
        Assert.Equal(1, body.Raw!.Value.GetProperty("x")[0].GetInt32());
        Assert.Null(body.Size.Value);
        Assert.Equal("ab", body.Code);
    }

    [Theory]
    [InlineData("""{ "nam": "n" }""", "nam", "did you mean \"name\"?")]
    [InlineData("""{ "zzzzzzzz": 1 }""", "zzzzzzzz", "known are name, note")]
    [InlineData("""{ }""", "name", "This field is required.")]
    [InlineData("""{ "name": "n", "name": "m" }""", "name", "given twice")]
    [InlineData("""{ "name": "n", "\u006eame": "m" }""", "name", "given twice")]
    [InlineData("""{ "Name": "n" }""", "Name", "did you mean \"name\"?")]
    [InlineData("""{ "name": 3 }""", "name", "3 was given where a text is expected.")]
    [InlineData("""{ "name": null }""", "name", "null was given where a text is expected.")]
    [InlineData("""{ "name": "\ud800" }""", "name", "no character")]
    [InlineData("""{ "name": "n", "flag": "true" }""", "flag", "the text \"true\" was given where true or false is expected.")]
    [InlineData("""{ "name": "n", "flag": null }""", "flag", "null was given")]
    [InlineData("""{ "name": "n", "seed": 1.5 }""", "seed", "1.5 was given where a whole number is expected.")]
    [InlineData("""{ "name": "n", "seed": "1" }""", "seed", "the text \"1\" was given where a whole number is expected.")]
    [InlineData("""{ "name": "n", "colour": 0 }""", "colour", "0 was given where one of darkRed, green is expected.")]
    [InlineData("""{ "name": "n", "inner": [] }""", "inner", "a list was given where an object is expected.")]
    [InlineData("""{ "name": "n", "inner": { } }""", "inner.count", "required")]
    [InlineData("""{ "name": "n", "items": { } }""", "items", "an object was given where a list is expected.")]
    [InlineData("""{ "name": "n", "items": null }""", "items", "null was given")]
    [InlineData("""{ "name": "n", "items": [ { "count": 1 }, null ] }""", "items[1]", "null was given where an object is expected.")]
    [InlineData("""{ "name": "n", "inputs": [ [ 1, null ] ] }""", "inputs[0][1]", "null was given where a number is expected.")]
    [InlineData("""{ "name": "n", "inputs": [ [ 1 ], [ "NaN" ] ] }""", "inputs[1][0]", "the text \"NaN\" was given where a number is expected.")]
    [InlineData("""{ "name": "n", "inputs": [ 1 ] }""", "inputs[0]", "1 was given where a list is expected.")]
    [InlineData("""{ "name": "n", "map": { "a": { "count": 1 }, "a": { "count": 2 } } }""", "map.a", "given twice")]
    [InlineData("""{ "name": "n", "map": { "a.b": 1 } }""", "map[\"a.b\"]", "1 was given where an object is expected.")]
    [InlineData("""{ "name": "n", "raw": { "x": 1, "x": 2 } }""", "raw.x", "given twice")]
    [InlineData("""{ "name": "n", "size": "half" }""", "size", "A number or \"full\"")]
    public void A_fault_of_form_is_400_with_its_place(string json, string path, string sentence)
    {
        var refusal = Assert.Throws<Refusal>(() => Read(json).Checked());
        Assert.Equal(400, refusal.Status);
        Assert.Contains(sentence, refusal.Errors![path][0]);
    }

    [Theory]
    [InlineData("""{ "name": "n", "inner": { "count": 0 } }""", "inner.count", "0 was given; allowed is from 1 to 10.")]
    [InlineData("""{ "name": "n", "inner": { "count": 1e30 } }""", "inner.count", "1e30 was given; allowed is from 1 to 10.")]
    [InlineData("""{ "name": "n", "seed": 9223372036854775808 }""", "seed", "9223372036854775808 was given")]
    [InlineData("""{ "name": "n", "seed": -1e400 }""", "seed", "-1e400 was given")]
    [InlineData("""{ "name": "n", "inputs": [ [ 1e39 ] ] }""", "inputs[0][0]", "1e39 was given; allowed is from -3.4028235E+38 to 3.4028235E+38.")]
    [InlineData("""{ "name": "n", "inputs": [ [ 1e999 ] ] }""", "inputs[0][0]", "1e999 was given")]
    [InlineData("""{ "name": "n", "raw": [ 1e39 ] }""", "raw[0]", "1e39 was given")]
    [InlineData("""{ "name": "n", "colour": "gren" }""", "colour", "did you mean \"green\"?")]
    [InlineData("""{ "name": "n", "code": "a" }""", "code", "1 character given; allowed are 2 to 3.")]
    [InlineData("""{ "name": "n", "code": "abcd" }""", "code", "4 characters given; allowed are 2 to 3.")]
    public void A_fault_of_meaning_is_422_with_its_place(string json, string path, string sentence)
    {
        var refusal = Assert.Throws<Refusal>(() => Read(json).Checked());
        Assert.Equal(422, refusal.Status);
        Assert.Contains(sentence, refusal.Errors![path][0]);
    }

    [Theory]
    [InlineData("", "$", "The body is empty; a JSON object is expected.")]
    [InlineData("  ", "$", "not valid JSON")]
    [InlineData("{", "$", "not valid JSON")]
    [InlineData("[]", "$", "The body is a list; a JSON object is expected.")]
    [InlineData("null", "$", "The body is null; a JSON object is expected.")]
    [InlineData("""{ "name": "n" } x""", "$", "not valid JSON at line 1, byte 17")]
    [InlineData("""{ "name": "n" }{ }""", "$", "not valid JSON")]
    [InlineData("""{ "name": "n", }""", "$", "not valid JSON")]
    [InlineData("""{ "inputs": [ [ NaN ] ] }""", "inputs[0][0]", "JSON knows no NaN")]
    [InlineData("""{ "inputs": [ [ 1, Infinity ] ] }""", "inputs[0][1]", "JSON knows no NaN")]
    [InlineData("""{ "name": "n" /* c */ }""", "$", "comments")]
    public void What_is_no_JSON_object_is_refused_at_once(string json, string path, string sentence)
    {
        var refusal = Assert.Throws<Refusal>(() => Read(json));
        Assert.Equal(400, refusal.Status);
        Assert.Contains(sentence, refusal.Errors![path][0]);
    }

    [Fact]
    public void A_generated_client_may_write_a_word_in_its_own_case() => Assert.Equal(Colour.DarkRed, Read("""{ "name": "n", "colour": "DarkRed" }""").Checked().Colour);

    [Fact]
    public void A_body_nested_too_deep_is_refused()
    {
        var refusal = Assert.Throws<Refusal>(() => Read($$"""{ "raw": {{new string('[', 200_000)}} """));
        Assert.Equal(400, refusal.Status);
        Assert.Contains("deeper than 64", refusal.Detail);
    }

    [Fact]
    public void A_body_that_is_not_UTF_8_is_refused()
    {
        var refusal = Assert.Throws<Refusal>(() => JsonBody<Request>.Read([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']));
        Assert.Equal("The body is not UTF-8 text.", refusal.Detail);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Equal("n", JsonBody<Request>.Read("\uFEFF{ \"name\": \"n\" }"u8).Checked().Name);

    [Fact]
    public void Faults_of_both_kinds_are_told_together_and_400_wins()
    {
        var body = Read("""{ "flag": 1, "inner": { "count": 99 }, "items": [ { "count": 0 }, { "count": "x" } ], "extra": 1 }""");
        body.Faults.Meaningless("note", "A check of the handler.");
        Assert.True(body.Faults.Has("items"));
        Assert.True(body.Faults.Has("items[1]"));
        Assert.False(body.Faults.Has("item"));
        var refusal = Assert.Throws<Refusal>(body.Faults.ThrowIfAny);
        Assert.Equal(400, refusal.Status);
        Assert.Equal(["extra", "flag", "inner.count", "items[0].count", "items[1].count", "name", "note"], refusal.Errors!.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("7 things are wrong", refusal.Detail);
    }

    [Fact]
    public void A_faulty_member_keeps_its_default_and_a_missing_one_is_never_null()
    {
        var value = Read("""{ "flag": 1, "items": [ 3 ], "size": true }""").Value;
        Assert.True(value.Flag);
        Assert.Equal("", value.Name);
        Assert.Equal(0.5, value.Items.Single().Rate);
        Assert.Equal(32, value.Size.Value);
    }

    [Fact]
    public void A_million_faults_are_counted_but_not_all_repeated()
    {
        var refusal = Assert.Throws<Refusal>(() => Read($$"""{ "name": "n", "inputs": [ [ {{string.Join(',', Enumerable.Repeat("null", 1_000_000))}} ] ] }""").Checked());
        Assert.Equal(100, refusal.Errors!.Count);
        Assert.Contains("1,000,000 things are wrong; errors tells the first of them", refusal.Detail);
    }

    private static JsonBody<Request> Read(string json) => JsonBody<Request>.Read(Encoding.UTF8.GetBytes(json));
}
