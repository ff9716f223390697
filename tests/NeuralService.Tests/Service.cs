using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;

namespace NeuralService.Tests;

/// <summary>The real host on a free loopback port, with a SQLite file in a folder of its own. Stops and starts again on the same folder.</summary>
public sealed class Service : IAsyncDisposable
{
    private readonly string[] settings;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("neural-service-");
    private WebApplication? app;

    private Service(string[] settings) => this.settings = settings;

    /// <summary>The file of the database.</summary>
    public string Database => Path.Combine(folder.FullName, "neural.db");

    /// <summary>Where the service listens.</summary>
    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public IServiceProvider Services => app!.Services;

    /// <summary>Starts a service without keys; settings are written <c>Section:Name=value</c> and come last.</summary>
    public static async Task<Service> StartAsync(params string[] settings)
    {
        var service = new Service(settings);
        await service.StartAgainAsync();
        return service;
    }

    public async Task StartAgainAsync()
    {
        string[] given = ["urls=http://127.0.0.1:0", $"Database:ConnectionString=Data Source={Database}", "Authentication:Mode=none", "Log:Level=error", .. settings];
        app = Program.Build([.. given.Select(s => "--" + s)]);
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Address };
    }

    public async Task StopAsync()
    {
        if (app is null)
            return;
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        app = null;
    }

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Answer> Post(string path, string json) => Send(HttpMethod.Post, path, Json(json));

    public Task<Answer> Put(string path, string json) => Send(HttpMethod.Put, path, Json(json));

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path, null);

    /// <summary>Sends a request; a path without a leading slash counts from /api/v1.</summary>
    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path) { Content = body };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }
}

/// <summary>What came back.</summary>
public sealed record Answer(HttpStatusCode StatusCode, string Text, string? MediaType, HttpResponseHeaders Headers)
{
    public int Status => (int)StatusCode;

    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The sentences about one field of a refused body.</summary>
    public string Error(string path) =>
        string.Join(' ', Json["errors"]?[path]?.AsArray().Select(s => (string?)s) ?? throw new InvalidOperationException($"No error at {path}: {Text}"));

    /// <summary>The answer, where it has this status and, for a refusal, the form of problem details.</summary>
    public Answer Is(int status)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        if (status >= 400)
        {
            Assert.Equal("application/problem+json", MediaType);
            Assert.Equal(status, (int?)Json["status"]);
            Assert.False(string.IsNullOrEmpty((string?)Json["detail"]));
            Assert.Equal(Headers.GetValues("X-Request-Id").Single(), (string?)Json["requestId"]);
        }
        return this;
    }
}
