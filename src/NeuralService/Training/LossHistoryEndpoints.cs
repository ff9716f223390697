using Microsoft.AspNetCore.Mvc;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>The loss history of a job: as JSON, as CSV, as a picture.</summary>
internal static class LossHistoryEndpoints
{
    private const string Csv = "text/csv", Svg = "image/svg+xml";
    private const int PointsOfPicture = 1_000; // more than the picture has pixels across

    /// <summary>Maps the endpoint.</summary>
    public static void MapLossHistory(this IEndpointRouteBuilder group) =>
        group.MapGet("/{id}/loss-history", LossHistory).WithName("getLossHistory")
            .Produces<LossHistoryResponse>().Produces<string>(200, Csv).Produces<string>(200, Svg)
            .WithParameterExample("id", "latest").WithParameterExample("points", "500");

    /// <summary>Get the loss history of a training job.</summary>
    /// <remarks>Also while it runs: up to the newest epoch. As JSON, with <c>Accept: text/csv</c> as CSV, with <c>Accept: image/svg+xml</c> as a picture of the curve.</remarks>
    /// <param name="id">The job's id, or latest.</param>
    /// <param name="points">Thin the answer to this many epochs, 2 or more, keeping the shape of the curve; every epoch where it is left out.</param>
    /// <response code="200">The epochs in order.</response>
    /// <response code="404">There is no such job.</response>
    /// <response code="406">No accepted media type is offered.</response>
    public static async Task<IResult> LossHistory(
        string id, [FromQuery] int? points, HttpContext http, NeuralDb db, JobFeed feed, CancellationToken cancellation)
    {
        string form = Accept.Choose(http, "application/json", Csv, Svg);
        if (points < 2) throw Problems.QueryOutOfRange("points", points.Value, 2, int.MaxValue);
        var row = await db.ReadAsync(context => TrainingEndpoints.FindAsync(context, id, cancellation), cancellation);
        var history = await HistoryView.OpenAsync(db, feed, row.Id, cancellation);
        var epochs = history.ReadAsync(cancellation);
        if (points is { } most || form == Svg) epochs = Thinning.ThinAsync(epochs, history.Count, points ?? PointsOfPicture);
        HistoryKind? kind = row.HistoryIsExact is not { } exact ? null : exact ? HistoryKind.Exact : HistoryKind.BatchMean;
        return form switch
        {
            Csv => TypedResults.Stream(stream => WriteCsvAsync(stream, epochs), $"{Csv}; charset=utf-8"),
            Svg => TypedResults.Text(LossPicture.Draw(row, await epochs.ToListAsync(cancellation), kind), $"{Svg}; charset=utf-8"),
            _ => TypedResults.Ok(new LossHistoryResponse(epochs.Select(LossItem.From), kind)),
        };
    }

    // Numbers as JSON prints them; an empty cell where JSON has null.
    private static async Task WriteCsvAsync(Stream stream, IAsyncEnumerable<EpochReport> epochs)
    {
        await using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        await writer.WriteLineAsync("epoch,trainingLoss,validationLoss,trainingAccuracy,validationAccuracy,learningRate,gradientNorm,seconds");
        await foreach (var report in epochs)
        {
            var i = LossItem.From(report);
            await writer.WriteLineAsync($"{i.Epoch},{i.TrainingLoss:R},{i.ValidationLoss:R},{i.TrainingAccuracy:R},{i.ValidationAccuracy:R},{i.LearningRate:R},{i.GradientNorm:R},{i.Seconds:R}");
        }
    }
}
