using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Predictions;
using NeuralService.Versions;

namespace NeuralService.Training;

/// <summary>What the worker and its endpoints are made of.</summary>
internal static class TrainingServices
{
    /// <summary>Adds the queue, the worker, versions and the models that answer.</summary>
    public static void AddTraining(this IServiceCollection services)
    {
        services.AddSingleton<JobFeed>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<JobData>();
        services.AddSingleton<JobSubmission>();
        services.AddSingleton<VersionStore>();
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton(provider =>
        {
            int threads = provider.GetRequiredService<Settings>().Training.Threads;
            return new TrainingCores(threads > 0 ? threads : Environment.ProcessorCount, TrainingThread.LowerPriority);
        });
        services.AddSingleton<TrainingRun>();
        services.AddSingleton<WorkerHealth>();
        services.AddHostedService<TrainingWorker>();
    }
}
