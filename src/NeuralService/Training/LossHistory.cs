using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>The loss history of jobs, kept in blocks: 10,000 epochs of a tiny network cost a few writes, not 10,000 rows.</summary>
internal static class LossHistory
{
    private const int Columns = 7;

    /// <summary>Packs consecutive epochs; <c>null</c> is kept as NaN.</summary>
    public static LossBlockRow Pack(string jobId, int index, IReadOnlyList<EpochReport> reports)
    {
        var bytes = new byte[reports.Count * Columns * sizeof(double)];
        for (int i = 0; i < reports.Count; i++)
        {
            var r = reports[i];
            double?[] values = [r.TrainingLoss, r.ValidationLoss, r.TrainingAccuracy, r.ValidationAccuracy, r.LearningRate, r.GradientNorm, r.Seconds];
            for (int k = 0; k < Columns; k++)
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan((i * Columns + k) * sizeof(double)), values[k] ?? double.NaN);
        }

        return new LossBlockRow { JobId = jobId, Index = index, FirstEpoch = reports[0].Epoch, Count = reports.Count, Bytes = bytes };
    }

    /// <summary>Unpacks a block.</summary>
    public static IEnumerable<EpochReport> Unpack(LossBlockRow block)
    {
        for (int i = 0; i < block.Count; i++)
        {
            yield return new EpochReport(
                block.FirstEpoch + i, Value(i, 0)!.Value, Value(i, 1), Value(i, 2), Value(i, 3), Value(i, 4), Value(i, 5), Value(i, 6)!.Value);
        }

        double? Value(int row, int column)
        {
            double value = BinaryPrimitives.ReadDoubleLittleEndian(block.Bytes.AsSpan((row * Columns + column) * sizeof(double)));
            return double.IsNaN(value) ? null : value;
        }
    }

    /// <summary>The last epoch of a job that is stored; null where none is.</summary>
    public static async Task<EpochReport?> LastAsync(NeuralDbContext context, string jobId, CancellationToken cancellation) =>
        await context.LossBlocks.Where(b => b.JobId == jobId).OrderByDescending(b => b.Index).FirstOrDefaultAsync(cancellation) is { } block ? Unpack(block).Last() : null;
}
