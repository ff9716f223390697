using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace NeuralService.Tests;

/// <summary>Refusals have one form, whoever refuses.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private Service service = null!;

    public async ValueTask InitializeAsync() => service = await Service.StartAsync("Limits:JsonBodyBytes=100000");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_path_that_is_not_there() =>
        Assert.Contains("Nothing is served at /api/v1/nothing", (string?)(await service.Get("nothing")).Is(404).Json["detail"]);

    [Fact]
    public async Task A_method_that_the_path_does_not_take()
    {
        var refused = (await service.Send(HttpMethod.Patch, "networks", null)).Is(405);
        Assert.Contains("this path takes GET, POST", (string?)refused.Json["detail"]);
        (await service.Send(HttpMethod.Trace, "networks", null)).Is(405);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/csv")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_media_type_that_the_endpoint_does_not_take(string mediaType)
    {
        using var body = new StringContent("{}");
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        Assert.Contains(mediaType, (string?)(await service.Send(HttpMethod.Post, "networks", body)).Is(415).Json["detail"]);
    }

    [Fact]
    public async Task A_body_without_a_media_type() => (await service.Send(HttpMethod.Post, "networks", null)).Is(415);

    [Fact]
    public async Task A_body_that_is_too_large()
    {
        string large = $$"""{ "name": "{{new string('a', 100_000)}}" }""";
        var refused = (await service.Post("networks", large)).Is(413);
        Assert.Contains("100,000 bytes", (string?)refused.Json["detail"]);
        using var chunked = new StreamContent(new UnknownLength(Encoding.UTF8.GetBytes(large)));
        chunked.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        (await service.Send(HttpMethod.Post, "networks", chunked)).Is(413);
    }

    [Fact]
    public async Task A_gzip_body_is_unpacked()
    {
        using var body = Packed("""{ "name": "packed", "layers": [ { "activation": "linear" } ] }""");
        (await service.Send(HttpMethod.Post, "networks", body)).Is(201);
    }

    [Fact]
    public async Task A_small_gzip_body_that_unpacks_to_a_large_one_is_refused()
    {
        using var body = Packed($$"""{ "name": "{{new string('a', 50_000_000)}}" }""");
        Assert.Contains("100,000 bytes", (string?)(await service.Send(HttpMethod.Post, "networks", body)).Is(413).Json["detail"]);
    }

    [Fact]
    public async Task A_body_that_is_no_gzip_though_it_says_so()
    {
        using var body = Service.Json("""{ "name": "a" }""");
        body.Headers.ContentEncoding.Add("gzip");
        Assert.Contains("cannot be unpacked", (string?)(await service.Send(HttpMethod.Post, "networks", body)).Is(400).Json["detail"]);
    }

    [Fact]
    public async Task A_body_packed_in_another_way()
    {
        using var body = Service.Json("""{ "name": "a" }""");
        body.Headers.ContentEncoding.Add("br");
        Assert.Contains("gzip", (string?)(await service.Send(HttpMethod.Post, "networks", body)).Is(415).Json["detail"]);
    }

    [Fact]
    public async Task A_request_keeps_the_id_it_comes_with_and_gets_one_where_it_has_none_or_a_bad_one()
    {
        var own = (await service.Send(HttpMethod.Get, "networks/none", null, ("X-Request-Id", "call-7"))).Is(404);
        Assert.Equal("call-7", (string?)own.Json["requestId"]);
        var bad = (await service.Send(HttpMethod.Get, "networks/none", null, ("X-Request-Id", "a b"))).Is(404);
        Assert.NotEqual("a b", (string?)bad.Json["requestId"]);
        Assert.NotEqual((string?)(await service.Get("networks/none")).Json["requestId"], (string?)(await service.Get("networks/none")).Json["requestId"]);
        Assert.True((await service.Get("networks")).Headers.Contains("X-Request-Id"));
    }

    [Fact]
    public async Task No_server_name_is_told() => Assert.False((await service.Get("networks")).Headers.Contains("Server"));

    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("..%2f..%2fetc")]
    [InlineData("%0d%0aSet-Cookie:x")]
    [InlineData("%3Cscript%3E")]
    [InlineData("x'%20OR%201=1--")]
    public async Task A_hostile_name_in_a_path_is_just_not_there(string name)
    {
        var refused = (await service.Get("networks/" + name)).Is(404);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_caller_who_hangs_up_in_the_middle_of_a_body_leaves_the_service_well()
    {
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(service.Address.Host, service.Address.Port);
            await socket.GetStream().WriteAsync("POST /api/v1/networks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray());
        }
        (await service.Get("/health/ready")).Is(200);
    }

    [Fact]
    public async Task A_fault_of_the_service_itself_tells_nothing_of_its_inside_but_the_id_under_which_the_log_does()
    {
        var folder = Directory.CreateTempSubdirectory("neural-fault-");
        using var process = ServiceProcess.Start(folder.FullName, "--urls", "http://127.0.0.1:0", "--Authentication:Mode=none", "--Log:Format=json");
        using var http = new HttpClient { BaseAddress = await process.ListeningAsync() };
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "data", "neural.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var spoil = connection.CreateCommand();
            spoil.CommandText = "ALTER TABLE networks RENAME TO elsewhere";
            await spoil.ExecuteNonQueryAsync();
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/networks");
        request.Headers.Add("X-Request-Id", "fault-1");
        using var response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Equal("fault-1", (string?)JsonNode.Parse(text)!["requestId"]);
        Assert.DoesNotContain("SQL", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", text);
        process.Terminate();
        Assert.Equal(0, await process.ExitAsync());
        var logged = process.Output.Split('\n').Where(l => l.Contains("no such table", StringComparison.Ordinal)).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.NotEmpty(logged);
        Assert.All(logged, l => Assert.Equal("fault-1", (string?)l["RequestId"]));
        folder.Delete(recursive: true);
    }

    private static ByteArrayContent Packed(string json)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(json));
        var body = new ByteArrayContent(packed.ToArray());
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        body.Headers.ContentEncoding.Add("gzip");
        return body;
    }

    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
