using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>What a lecture draws: the loss around a point.</summary>
internal static class ErrorSurfaceEndpoints
{
    private const long MostWork = 2_000_000_000; // some seconds
    private const long WorkOfRow = 50;           // what a row costs beside its parameters

    /// <summary>Maps the endpoint.</summary>
    public static void MapErrorSurface(this IEndpointRouteBuilder group) =>
        group.MapPost("/error-surface", Surface).WithName("errorSurface").WithParameterExample("name", "iris")
            .WithExample(InspectionExamples.SurfaceOfLayers, "layers", "Weights of one's own, also before anything is trained: two rows of two inputs")
            .WithExample(InspectionExamples.SurfaceOfTable, "table", "The newest version over its table, around two of its biases");

    /// <summary>Compute the loss over a grid of two parameters.</summary>
    /// <remarks>All other parameters are held: those of a version, or those given as layers. The loss is the mean over the rows, without regularisation, in double.</remarks>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest; may be given in the body instead.</param>
    /// <response code="200">The values of both axes, and the loss at each pair of them.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    /// <response code="406">No accepted media type is offered.</response>
    /// <response code="409">Neither layers were given, nor has the network a version.</response>
    public static async Task<Ok<ErrorSurfaceResponse>> Surface(
        string name, [FromQuery] string? version, JsonBody<ErrorSurfaceRequest> body, HttpContext http, InspectedNetworks networks, SurfaceData data, CancellationToken cancellation)
    {
        Accept.Choose(http, "application/json");
        var (request, faults) = (body.Value, body.Faults);
        if (version is not null && request.Version is not null) faults.Meaningless("version", Problems.VersionGivenTwice());
        var network = await networks.FindAsync(name, request.Version?.Text ?? version, request.Layers, faults, cancellation);
        var axes = network is null ? [] : SurfaceAxes.Read(request.Axes, network.Definition, faults);
        var rows = network is null ? null : await data.ReadAsync(request.Data, network, Allow, faults, cancellation);
        faults.ThrowIfAny();
        double[][] losses = await TrainingThread.Run(
            () => ErrorSurface.Compute(network!.Definition, network.Parameters, rows!.Inputs, rows.Targets, axes[0], axes[1], cancellation), $"error surface {name}");
        return TypedResults.Ok(new ErrorSurfaceResponse(
            name, network!.Model?.Number, rows!.Inputs.Length,
            [.. request.Axes.Zip(axes, (asked, axis) => new SurfaceAxisResponse(asked.Layer, asked.Weight, asked.Bias, axis.Values))],
            [.. losses.Select(row => Array.ConvertAll(row, loss => double.IsFinite(loss) ? loss : (double?)null))]));

        void Allow(long count)
        {
            long points = axes.Length == 0 ? 0 : (long)axes[0].Values.Length * axes[1].Values.Length, parameters = network!.Definition.ParameterCount;
            if ((Int128)count * points * (parameters + WorkOfRow) > MostWork) throw Problems.TooMuchWork(count, points, parameters, MostWork);
        }
    }
}
