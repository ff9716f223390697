using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace NeuralService.Hosting;

/// <summary>What the console shows: lines for people in a terminal, one JSON object a line in a container or a pipe.</summary>
internal static class Logging
{
    private const string Line = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static IServiceCollection AddLog(this IServiceCollection services, LogSettings settings) => services.AddSerilog(
        (_, log) =>
        {
            log.MinimumLevel.Is(Enum.Parse<LogEventLevel>(settings.Level.ToString()))
                .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
                .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Warning)
                .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
                .Enrich.FromLogContext()
                .Filter.ByExcluding(e => e.Exception is StartRefusal || (e.Exception is not null && Address.IsTaken(e.Exception)));   // said once, as a sentence, when the process ends
            if (AsJson(settings.Format))
                log.WriteTo.Console(new RenderedCompactJsonFormatter());
            else
                log.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture);
        },
        preserveStaticLogger: true);

    /// <summary>One line for each request, with its id.</summary>
    public static IApplicationBuilder UseRequestLog(this IApplicationBuilder app) => app.UseSerilogRequestLogging(o =>
    {
        o.Logger = app.ApplicationServices.GetRequiredService<Serilog.ILogger>();   // there is no static one: a test runs several services
        o.MessageTemplate = "{RequestMethod} {RequestPath} {StatusCode} in {Elapsed:0.0} ms ({RequestId})";
        o.GetLevel = (context, _, exception) =>
            exception is not null || context.Response.StatusCode >= 500 ? LogEventLevel.Warning
            : context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });

    /// <summary>Whether the console shows JSON, for programs; else people read it.</summary>
    public static bool AsJson(LogFormat format) => format switch
    {
        LogFormat.Json => true,
        LogFormat.Text => false,
        _ => Console.IsOutputRedirected || Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1",
    };
}
