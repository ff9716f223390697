using System.Text;
using Microsoft.EntityFrameworkCore;
using NeuralService.Datasets;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Storage;
using NeuralService.Training;

namespace NeuralService.FirstStart;

/// <summary>
/// Gives an empty database something to look at: the Iris table, the network iris and a training job, by the code that requests go through. What goes wrong here
/// does not end the service.
/// </summary>
internal sealed class IrisSample(
    NeuralDb db, DatasetUpload upload, JobSubmission submission, JobFeed feed, WorkerHealth worker, Settings settings, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<IrisSample> log, Greeting greeting) : BackgroundService
{
    private const string Network = """
        {
          "name": "iris",
          "description": "Three species of iris from four measurements",
          "layers": [ { "units": 16, "activation": "tanh" }, { "activation": "softmax" } ]
        }
        """;

    private static readonly TimeSpan LongestTraining = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await worker.HasStarted.WaitAsync(stoppingToken); // then the database is there and a job is run at once
            if (!await IsEmptyAsync(stoppingToken)) return;
            var job = await MakeAsync(stoppingToken);
            log.LogInformation("The database was empty; it got the dataset and the network iris, and training job {JobId}", job.Id);
            if (Logging.AsJson(settings.Log.Format)) return;
            await lifetime.ApplicationStarted.WaitAsync(stoppingToken); // then the address is known
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            enough.CancelAfter(LongestTraining);
            job = await TrainingEndpoints.WaitForEndAsync(job, db, feed, enough.Token);
            stoppingToken.ThrowIfCancellationRequested();
            await greeting.SayAsync(job);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops; the job goes on at the next start.
        }
        catch (Exception e)
        {
            log.LogError(e, "The sample could not be made");
        }
    }

    private Task<bool> IsEmptyAsync(CancellationToken cancellation) => db.ReadAsync(
        async context => !await context.Networks.AnyAsync(cancellation) && !await context.Datasets.AnyAsync(cancellation) && !await context.TrainingJobs.AnyAsync(cancellation), cancellation);

    private async Task<TrainingJobRow> MakeAsync(CancellationToken cancellation)
    {
        await using (var csv = typeof(IrisSample).Assembly.GetManifestResourceStream("iris.csv")!)
            await upload.TakeAsync("iris", csv, new DatasetQuery(), cancellation);
        await NetworkEndpoints.Create(JsonBody<NetworkRequest>.Read(Encoding.UTF8.GetBytes(Network)), db, settings, clock, cancellation);
        return await submission.SubmitAsync(JsonBody<TrainingRequest>.Read(Encoding.UTF8.GetBytes(TrainingExamples.Short)), Ids.New(), cancellation);
    }
}

/// <summary>Registers the sample.</summary>
internal static class SampleSetup
{
    public static void AddSample(this IServiceCollection services)
    {
        services.AddSingleton<Greeting>();
        services.AddHostedService<IrisSample>();
    }
}
