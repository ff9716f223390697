using NeuralService.Storage;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NeuralService.Datasets;

/// <summary>Registers what stores and reads tables.</summary>
internal static class DatasetSetup
{
    public static IServiceCollection AddDatasets(this IServiceCollection services)
    {
        services.AddSingleton(s => new UploadFolder(Path.Combine(Path.GetDirectoryName(s.GetRequiredService<DatabaseFile>().Path)!, "uploads")));
        services.AddSingleton<ContentStore>();
        services.AddSingleton<TableStore>();
        services.AddSingleton<DatasetUpload>();
        services.AddHostedService<DatasetStart>();
        // Before the filter that puts examples into the body that this one describes, whichever is registered first.
        services.ConfigureSwaggerGen(o => o.OperationFilterDescriptors.Insert(0, new FilterDescriptor { Type = typeof(UploadDescription), Arguments = [] }));
        return services;
    }
}

/// <summary>Once the database is there: removes what uploads of an earlier process left behind.</summary>
internal sealed class DatasetStart(UploadFolder folder, ContentStore contents) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        folder.Clean();
        return contents.CleanAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
