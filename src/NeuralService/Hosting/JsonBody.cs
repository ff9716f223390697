using System.Buffers;
using System.Reflection;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Metadata;

namespace NeuralService.Hosting;

/// <summary>A request's JSON body, read strictly: whatever <typeparamref name="T"/> does not know is a fault, and all faults are told at once.</summary>
/// <remarks>
/// A body that is no JSON object at all is refused here. Other faults wait in <see cref="Faults"/>, so that the handler can add what only it can check.
/// A parameter of type <c>JsonBody&lt;T&gt;?</c> is null where no body was sent.
/// </remarks>
public sealed class JsonBody<T>(T value, Faults faults) : IBindableFromHttpContext<JsonBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    /// <summary>The value as far as it could be read; a member with a fault keeps its default.</summary>
    public T Value { get; } = value;

    /// <summary>What is wrong so far.</summary>
    public Faults Faults { get; } = faults;

    /// <summary>Refuses the request where anything is wrong, else gives the value.</summary>
    /// <exception cref="Refusal">400 or 422 with every fault.</exception>
    public T Checked()
    {
        Faults.ThrowIfAny();
        return Value;
    }

    /// <summary>Reads the body of a request.</summary>
    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var (buffer, length) = await RequestBytes.ReadAsync(context);
        try
        {
            if (length == 0 && RequestBytes.MayBeAbsent(parameter))
                return null;
            if (!RequestBytes.IsJson(context.Request.ContentType))
                throw Problems.NotJsonMediaType(context.Request.ContentType);
            return Read(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a body from its bytes.</summary>
    /// <exception cref="Refusal">400 where the bytes are no JSON object.</exception>
    public static JsonBody<T> Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (utf8.IsEmpty)
            throw Problems.NotAnObject("The body is empty");
        if (!Utf8.IsValid(utf8))
            throw Problems.NotJson("$", "The body is not UTF-8 text.");
        var reading = new JsonReading();
        var reader = new Utf8JsonReader(utf8);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Problems.NotAnObject($"The body is {JsonReading.Kind(reader.TokenType)}");
            var shape = new RecordShape<T>();
            shape.TryRead(ref reader, reading, out T value);
            reader.Read();   // throws where anything but white space follows
            return new JsonBody<T>(value, reading.Faults);
        }
        catch (JsonException e)
        {
            throw Problems.NotJson(reading.Path.ToString(), Problems.JsonSyntax(e));
        }
    }

    /// <summary>Tells the API description which body the endpoint takes.</summary>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T), RequestBytes.MayBeAbsent(parameter)));
}
