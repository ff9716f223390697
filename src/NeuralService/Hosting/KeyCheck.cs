namespace NeuralService.Hosting;

/// <summary>Asks for a key, except where anyone may look: health, the API description, and the front page.</summary>
internal sealed class KeyCheck(RequestDelegate next, ApiKeys keys)
{
    private const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        if (IsOpen(context.Request.Path))
            return next(context);
        string? key = Given(context.Request.Headers);
        if (key is null)
            throw Problems.KeyMissing();
        if (!keys.Knows(key))
            throw Problems.KeyUnknown();
        return next(context);
    }

    /// <summary>Whether a path needs no key.</summary>
    public static bool IsOpen(PathString path) =>
        path == "/" || path.StartsWithSegments("/health", StringComparison.Ordinal)
        || path.StartsWithSegments("/v2/health", StringComparison.Ordinal) || path.StartsWithSegments("/swagger", StringComparison.Ordinal);

    private static string? Given(IHeaderDictionary headers)
    {
        if (headers[Header].FirstOrDefault() is { Length: > 0 } key)
            return key;
        string? authorization = headers.Authorization.FirstOrDefault();
        return authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true ? authorization[Bearer.Length..].Trim() : null;
    }
}
