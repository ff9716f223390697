using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;

namespace NeuralService.Storage;

/// <summary>Registers the database.</summary>
internal static class StorageSetup
{
    public static IServiceCollection AddStorage(this IServiceCollection services, Settings settings)
    {
        var file = DatabaseFile.From(settings.Database);
        services.AddSingleton(file);
        services.AddPooledDbContextFactory<NeuralDbContext>(o => o
            .UseSqlite(file.ConnectionString)
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(new ConnectionPragmas()));
        services.AddSingleton<NeuralDb>();
        services.AddHostedService<DatabaseStart>();
        return services;
    }
}
