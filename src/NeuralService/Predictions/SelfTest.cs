using Microsoft.Extensions.Diagnostics.HealthChecks;
using NeuralService.Engine;

namespace NeuralService.Predictions;

/// <summary>The readiness check of the mathematics: a network small enough to be computed by hand predicts the value known by hand.</summary>
/// <remarks>x = (1, 2): z = (1 + 4 − 1, 3 − 8 + 1) = (4, −4), relu gives (4, 0), and ½·4 + 1·0 + ¼ = 2.25.</remarks>
internal sealed class SelfTest : IHealthCheck
{
    private static readonly NetworkDefinition Definition = new(2, [new LayerDefinition(2, Activation.Relu), new LayerDefinition(1, Activation.Linear)], Loss.SquaredError);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        float answer = Predict();
        return Task.FromResult(answer == 2.25f ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"The self-test prediction is {answer} instead of 2.25."));
    }

    private static float Predict()
    {
        var network = new Network(Definition, [1, 2, 3, -4, -1, 1, 0.5f, 1, 0.25f]);
        Span<float> output = stackalloc float[1];
        new Predictor(network).Forward([1, 2], 1, output);
        return output[0];
    }
}
