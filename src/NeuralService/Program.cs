using Microsoft.AspNetCore.Server.Kestrel.Core;
using NeuralService.Datasets;
using NeuralService.FirstStart;
using NeuralService.Hosting;
using NeuralService.Inspection;
using NeuralService.Networks;
using NeuralService.Predictions;
using NeuralService.Storage;
using NeuralService.Training;
using NeuralService.Versions;

namespace NeuralService;

/// <summary>The table of contents: services, pipeline, endpoints.</summary>
public static class Program
{
    /// <summary>Runs the service until it is told to stop.</summary>
    /// <remarks><c>--health [url]</c> asks a running service instead whether it is ready.</remarks>
    /// <returns>0; 1 for a wrong setting or an address in use; 3 where another process holds the database.</returns>
    public static async Task<int> Main(string[] args)
    {
        if (args is ["--health", ..])
            return await HealthProbe.RunAsync(args.ElementAtOrDefault(1));
        try
        {
            await using var app = Build(args);
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (StartRefusal refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return refusal.ExitCode;
        }
        catch (IOException e) when (Address.IsTaken(e))
        {
            await Console.Error.WriteLineAsync($"{e.Message} Choose another with --urls or ASPNETCORE_URLS.");
            return 1;
        }
    }

    /// <summary>Builds the service without starting it.</summary>
    /// <exception cref="StartRefusal">A setting is wrong.</exception>
    public static WebApplication Build(string[] args)
    {
        // Settings and pages are found beside the executable, whatever the working directory.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var settings = Settings.From(builder.Configuration);
        AddServices(builder, settings);
        var app = builder.Build();
        UsePipeline(app, settings);
        MapEndpoints(app, settings);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, Settings settings)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureAddress(builder.Configuration);
        builder.WebHost.ConfigureKestrel(o => LimitServer(o, settings.Limits));
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddLog(settings.Log);
        services.AddStorage(settings);
        services.AddSingleton<ApiKeys>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeys>());
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database").AddCheck<WorkerCheck>("worker").AddCheck<SelfTest>("selfTest");
        services.AddDescription();
        services.AddDatasets();
        services.AddTraining();
        services.AddInspection();
        if (settings.Samples.Enabled)
            services.AddSample();
        services.AddExceptionHandler<ProblemHandler>();
        services.AddBodyUnpacking();
        services.ConfigureHttpJsonOptions(o => Json.Configure(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(o =>
        {
            o.ServicesStopConcurrently = true;   // else the worker hears of a stop only after the web server has drained
            o.ShutdownTimeout = TimeSpan.FromSeconds(20);
        });
    }

    private static void UsePipeline(WebApplication app, Settings settings)
    {
        app.UseMiddleware<RequestId>();
        app.UseRequestLog();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(status => ProblemHandler.WriteStatusAsync(status.HttpContext));
        if (settings.Authentication.Mode == AuthenticationMode.ApiKeys)
            app.UseMiddleware<KeyCheck>();
        app.UseBodyUnpacking();
        if (settings.Swagger.Enabled)
            app.UseDescription();
    }

    private static void MapEndpoints(WebApplication app, Settings settings)
    {
        var api = app.MapGroup("/api/v1");
        api.MapPredictions();
        api.MapNetworks();
        api.MapDatasets(settings);
        api.MapTraining();
        api.MapInspection();
        api.MapVersions();
        api.MapLimits();
        app.MapHealth();
        if (settings.Swagger.Enabled)
            app.MapGet("/", () => TypedResults.Redirect("/swagger")).ExcludeFromDescription();
    }

    private static void LimitServer(KestrelServerOptions server, LimitSettings limits)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = limits.JsonBodyBytes;
        server.Limits.MaxConcurrentConnections = 1_000;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }
}
