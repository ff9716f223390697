using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using NeuralService.Hosting;
using NeuralService.Storage;
using NeuralService.Training;

namespace NeuralService.FirstStart;

/// <summary>Tells whoever started the service in a terminal what was made, and what to open or try next.</summary>
internal sealed class Greeting(IServer server, Settings settings)
{
    /// <summary>Writes it to the console.</summary>
    /// <param name="job">The sample's training job.</param>
    public async Task SayAsync(TrainingJobRow job)
    {
        string key = settings.Authentication.Mode == AuthenticationMode.ApiKeys ? " -H \"X-Api-Key: $KEY\"" : "";
        await Console.Out.WriteLineAsync($$"""

            The database was empty, so it got the Iris table (dataset iris), a network (iris) and a training job.
            {{ResultOf(job)}}

              Open {{Address}}/swagger to try everything, or type:

              curl{{key}} {{Address}}/api/v1/networks/iris/predictions -H "Content-Type: application/json" \
                -d '{"rows":[{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]}'

              curl{{key}} {{Address}}/api/v1/training-jobs/latest/loss-history -H "Accept: image/svg+xml" -o loss.svg

            """);
    }

    private string Address
    {
        get
        {
            string address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:8080";
            return address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal);
        }
    }

    private static string ResultOf(TrainingJobRow job)
    {
        if (job.Status != JobStatus.Succeeded || job.Metrics is null) return $"The training job is {job.Status}{(job.Error is null ? "" : $": {job.Error}")}.";
        var metrics = Json.Read<JobMetrics>(job.Metrics);
        return $"The network was trained for {job.Epoch} epochs; {metrics.TestAccuracy:P0} of the test rows are classified rightly ({metrics.Baseline?.TestAccuracy:P0} by always naming the largest class).";
    }
}
