using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace NeuralService.Tests.Datasets;

/// <summary>Sends tables.</summary>
internal static class Uploads
{
    public static Task<Answer> PostTable(this Service service, string name, string csv, string query = "") =>
        service.Send(HttpMethod.Post, $"datasets?name={name}{query}", Csv(csv));

    public static Task<Answer> PutTable(this Service service, string name, string csv, string query = "") =>
        service.Send(HttpMethod.Put, $"datasets/{name}?{query.TrimStart('&')}", Csv(csv));

    public static HttpContent Csv(string csv) => Content(Encoding.UTF8.GetBytes(csv), "text/csv");

    public static ByteArrayContent Content(byte[] bytes, string? mediaType)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = mediaType is null ? null : new MediaTypeHeaderValue(mediaType);
        return content;
    }

    public static ByteArrayContent Gzipped(byte[] bytes, string mediaType)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        var content = Content(packed.ToArray(), mediaType);
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    public static MultipartFormDataContent Form(byte[] bytes, string fileName, string? mediaType, string part = "file") =>
        new() { { Content(bytes, mediaType), part, fileName } };

    /// <summary>The top of the repository.</summary>
    public static string RepositoryFolder { get; } = FindRepository();

    /// <summary>A file of tests/data.</summary>
    public static byte[] TestTable(string name) => File.ReadAllBytes(Path.Combine(RepositoryFolder, "tests", "data", name));

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NeuralService.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("NeuralService.sln is in no folder above the tests.");
        return folder.FullName;
    }
}
