namespace NeuralService.Hosting;

/// <summary>The executable asking the running service whether it is ready: the health check of a container without shell and curl.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Asks <c>/health/ready</c>.</summary>
    /// <param name="address">The service's address; null: as the environment says, over loopback.</param>
    /// <returns>The exit code: 0 ready, 1 not.</returns>
    public static async Task<int> RunAsync(string? address)
    {
        using var http = new HttpClient { Timeout = LongestWait };
        try
        {
            using var answer = await http.GetAsync(new Uri(new Uri(address ?? OfEnvironment()), "/health/ready"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static string OfEnvironment()
    {
        if (Environment.GetEnvironmentVariable("ASPNETCORE_URLS") is { Length: > 0 } urls)
        {
            var listening = BindingAddress.Parse(urls.Split(';')[0]);   // understands http://+:8080 and http://*:8080
            return $"{listening.Scheme}://127.0.0.1:{listening.Port}";
        }
        string? ports = Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS");
        return string.IsNullOrEmpty(ports) ? Address.Default : $"http://127.0.0.1:{ports.Split(';')[0]}";
    }
}
