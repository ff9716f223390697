using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace NeuralService.Datasets;

/// <summary>Where an uploaded table stands in a request: the body itself, or the part <c>file</c> of a form.</summary>
internal static class UploadBody
{
    /// <summary>The bytes of the table and whether they are JSON (else CSV).</summary>
    /// <exception cref="Hosting.Refusal">415 for another media type, 400 for a form without a file.</exception>
    public static async Task<(Stream Bytes, bool IsJson)> OpenAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Problems.NotATableMediaType(request.ContentType);
        if (!type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return (request.Body, IsJson(type) ?? throw Problems.NotATableMediaType(request.ContentType));

        string? boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary))
            throw Problems.NoFilePart();
        var form = new MultipartReader(boundary, request.Body);
        while (await form.ReadNextSectionAsync(cancellation) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part) || HeaderUtilities.RemoveQuotes(part.Name) != "file")
                continue;
            // A browser tells what the operating system thinks of the file's name, so the name's end counts where the type says nothing.
            bool? told = MediaTypeHeaderValue.TryParse(section.ContentType, out var partType) ? IsJson(partType) : null;
            return (section.Body, told ?? HeaderUtilities.RemoveQuotes(part.FileName).EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        }
        throw Problems.NoFilePart();
    }

    private static bool? IsJson(MediaTypeHeaderValue type) => type.MediaType.Value?.ToLowerInvariant() switch
    {
        "application/json" => true,
        "text/csv" or "text/tab-separated-values" => false,
        _ => null,
    };
}
