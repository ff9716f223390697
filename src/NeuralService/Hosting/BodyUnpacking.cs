namespace NeuralService.Hosting;

/// <summary>Unpacks bodies sent with <c>Content-Encoding: gzip</c>; the limits count unpacked bytes.</summary>
internal static class BodyUnpacking
{
    public static IServiceCollection AddBodyUnpacking(this IServiceCollection services) => services.AddRequestDecompression(o =>
    {
        o.DecompressionProviders.Remove("br");
        o.DecompressionProviders.Remove("deflate");
    });

    public static void UseBodyUnpacking(this IApplicationBuilder app)
    {
        app.UseRequestDecompression();   // takes the header away where it unpacks
        app.Use((context, next) => context.Request.Headers.ContentEncoding is [{ Length: > 0 } left, ..] && left != "identity"
            ? throw Problems.EncodingNotTaken(left)
            : next(context));
    }
}
