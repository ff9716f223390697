using System.Buffers;
using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace NeuralService.Hosting;

/// <summary>Reads the bytes of a body that fits in memory; the server limits their number.</summary>
internal static class RequestBytes
{
    private static readonly ConcurrentDictionary<ParameterInfo, bool> Absent = new();

    /// <summary>Whether the parameter is declared nullable: then a request without a body is fine.</summary>
    public static bool MayBeAbsent(ParameterInfo parameter) =>
        Absent.GetOrAdd(parameter, p => new NullabilityInfoContext().Create(p).WriteState == NullabilityState.Nullable);

    /// <summary>Whether a content type is JSON in UTF-8.</summary>
    public static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (type.Charset.Length == 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>The whole body in a rented array, which the caller returns to the shared pool.</summary>
    public static async Task<(byte[] Buffer, int Length)> ReadAsync(HttpContext context)
    {
        long most = context.RequestServices.GetRequiredService<Settings>().Limits.JsonBodyBytes;
        ReadPast(context, most);
        if (context.Request.ContentLength > most)
            throw Problems.BodyTooLarge(most);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(4096, context.Request.ContentLength ?? 0));
        int length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    buffer = Grow(buffer);
                int read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                if (read == 0)
                    return (buffer, length);
                if ((length += read) > most)
                    throw Problems.BodyTooLarge(most);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>
    /// At its own limit the server would close the connection while the client still sends, and many clients then never see the answer.
    /// So a body that is somewhat too large is refused here, and the server reads past what is left of it.
    /// </summary>
    private static void ReadPast(HttpContext context, long most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most * 2;
    }

    private static byte[] Grow(byte[] full)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
