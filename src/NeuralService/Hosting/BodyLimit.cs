using Microsoft.AspNetCore.Http.Metadata;

namespace NeuralService.Hosting;

/// <summary>How many bytes the body of an endpoint may hold, unpacked; where an endpoint says nothing, it is <c>Limits:JsonBodyBytes</c>.</summary>
/// <param name="MaxRequestBodySize">The limit in bytes.</param>
public sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata
{
    /// <summary>The limit of the endpoint that answers a request, where it has its own.</summary>
    public static long? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize;
}
