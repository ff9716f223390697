using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>What a lecture does by hand: one sample forward and backward.</summary>
internal static class TraceEndpoints
{
    private const long MostParameters = 1_000_000; // their gradients alone are 20 MB of JSON
    private const long MostChecked = 20_000;       // the check takes twice the square of it

    /// <summary>Maps the endpoint.</summary>
    public static void MapTrace(this IEndpointRouteBuilder group) =>
        group.MapPost("/trace", Trace).WithName("trace").WithParameterExample("name", "iris")
            .WithExample(InspectionExamples.TraceOfLayers, "layers", "Weights of one's own, also before anything is trained: two inputs, two classes")
            .WithExample(InspectionExamples.TraceOfVersion, "version", "The newest version, a raw row, with a gradient check");

    /// <summary>Trace one sample through a network.</summary>
    /// <remarks>
    /// Forward pass and backpropagation by the equations of the lecture, in double: z, a, δ and the gradients of every layer. The parameters are those of a version,
    /// or those given as layers.
    /// </remarks>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest; left out, and without layers, production where that alias exists, else latest.</param>
    /// <response code="200">The trace.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    /// <response code="409">Neither layers were given, nor has the network a version.</response>
    public static async Task<Ok<TraceResponse>> Trace(
        string name, [FromQuery] string? version, JsonBody<TraceRequest> body, InspectedNetworks networks, CancellationToken cancellation)
    {
        var (request, faults) = (body.Value, body.Faults);
        var network = await networks.FindAsync(name, version, request.Layers, faults, cancellation);
        var sample = network is null ? null : TracedSample.Read(request, network, faults);
        if (network is not null && request.GradientCheck) CheckSize(network.Definition, faults);
        faults.ThrowIfAny();
        if (network!.Definition.ParameterCount > MostParameters) throw Problems.TooLargeToTrace(network.Definition.ParameterCount, MostParameters);
        return TypedResults.Ok(await TrainingThread.Run(() => Compute(request, network, sample!), $"trace {name}"));
    }

    private static void CheckSize(NetworkDefinition definition, Faults faults)
    {
        if (definition.Loss == Loss.Perceptron) faults.Meaningless("gradientCheck", Problems.NoGradientToCheck());
        if (definition.ParameterCount > MostChecked) faults.Meaningless("gradientCheck", Problems.GradientCheckTooLarge(definition.ParameterCount, MostChecked));
    }

    private static TraceResponse Compute(TraceRequest request, InspectedNetwork network, TracedSample sample)
    {
        var trace = Engine.Trace.Of(network.Definition, network.Parameters, sample.Input, sample.Target);
        var layers = trace.Layers.Select((layer, i) => TraceLayer.From(layer, network.Parameters[i], request.LearningRate)).ToArray();
        if (!double.IsFinite(trace.Loss) || !layers.All(l => l.IsFinite)) throw Problems.TraceNotFinite();
        double[]? differences = request.GradientCheck ? GradientCheck.Run(network.Definition, network.Parameters, sample.Input, sample.Target, trace) : null;
        if (differences?.All(double.IsFinite) == false) throw Problems.TraceNotFinite();
        return new TraceResponse
        {
            Network = network.Name,
            Version = network.Model?.Number,
            Input = sample.Input,
            Target = sample.Target,
            Output = trace.Output,
            Loss = trace.Loss,
            Layers = layers,
            GradientCheck = differences is null ? null : new GradientCheckResult(differences.Max(), differences),
        };
    }
}
