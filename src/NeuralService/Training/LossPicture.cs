using NeuralService.Engine;
using NeuralService.Inspection;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>The curve of a training as a picture: loss by epoch, on a logarithmic scale where it spans more than two decades.</summary>
internal static class LossPicture
{
    private const int Width = 760, Height = 420;
    private const double Left = 76, Right = Width - 20, Top = 64, Bottom = Height - 52;

    /// <summary>Draws the history of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="epochs">Its epochs in order, few enough to draw.</param>
    /// <param name="kind">What the training loss of an epoch is.</param>
    public static string Draw(TrainingJobRow job, IReadOnlyList<EpochReport> epochs, HistoryKind? kind)
    {
        var picture = new Picture(Width, Height, $"Loss of network {job.NetworkName} by epoch, training job {job.Id}");
        picture.Text(Left, 26, $"{job.NetworkName}: loss by epoch", @class: "title");
        picture.Text(Left, 46, $"training job {job.Id}, {job.Status}", @class: "minor");
        var across = Axis.Exactly(0, epochs.Count == 0 ? job.Epochs : epochs[^1].Epoch, leastStep: 1);
        var up = LossAxis([.. epochs.Select(r => r.TrainingLoss), .. epochs.Select(r => r.ValidationLoss).OfType<double>()]);
        DrawAxes(picture, across, up);
        if (epochs.Count == 0) picture.Text((Left + Right) / 2, (Top + Bottom) / 2, "no epoch yet", "middle", "minor");

        picture.Curve("first", epochs.Select(r => At(r.Epoch, r.TrainingLoss)));
        picture.Curve("second", epochs.Where(r => r.ValidationLoss is not null).Select(r => At(r.Epoch, r.ValidationLoss!.Value)));
        DrawLegend(picture, kind, validates: epochs.Any(r => r.ValidationLoss is not null));
        return picture.Finish();

        (double X, double Y) At(double epoch, double loss) => (Left + across.Share(epoch) * (Right - Left), Bottom - up.Share(loss) * (Bottom - Top));
    }

    // A loss of exactly 0, which no logarithmic scale has, is drawn on its lower edge.
    private static Axis LossAxis(double[] losses)
    {
        if (losses.Length == 0) return Axis.Around(0, 1);
        double least = losses.Where(l => l > 0).DefaultIfEmpty(0).Min(), most = losses.Max();
        return least > 0 && most / least > 100 ? Axis.Decades(least, most) : Axis.Around(losses.Min(), most);
    }

    private static void DrawAxes(Picture picture, Axis across, Axis up)
    {
        foreach (double tick in up.Ticks)
        {
            double y = Bottom - up.Share(tick) * (Bottom - Top);
            picture.Line("grid", Left, y, Right, y);
            picture.Text(Left - 8, y + 4, Axis.Label(tick), "end");
        }

        foreach (double tick in across.Ticks)
        {
            double x = Left + across.Share(tick) * (Right - Left);
            picture.Line("grid", x, Top, x, Bottom);
            picture.Text(x, Bottom + 18, Axis.Label(tick), "middle");
        }

        picture.Frame(Left, Top, Right - Left, Bottom - Top);
        picture.Text((Left + Right) / 2, Height - 12, "epoch", "middle");
        picture.Text(20, (Top + Bottom) / 2, up.IsLogarithmic ? "loss (logarithmic)" : "loss", "middle", upwards: true);
    }

    private static void DrawLegend(Picture picture, HistoryKind? kind, bool validates)
    {
        const double X = Right - 190;
        picture.Line("first", X, 22, X + 28, 22);
        picture.Text(X + 36, 26, kind == HistoryKind.BatchMean ? "training (mean of batches)" : "training");
        if (!validates) return;
        picture.Line("second", X, 42, X + 28, 42);
        picture.Text(X + 36, 46, "validation");
    }
}
