using System.Numerics;

namespace NeuralService.Engine;

/// <summary>Measures loss and accuracy of the weights under training, on all threads, with buffers that are kept between epochs.</summary>
internal sealed class TrainingEvaluation
{
    // Rows that are measured together: enough for every thread, within some megabytes.
    private const int MostRows = 2048, PieceRows = 128;
    private const long MostValues = 4_000_000;

    private readonly Crew _crew;
    private readonly BatchPass _pass;
    private readonly bool _classifies;
    private readonly Action<int, int> _measure;
    private int _rows;

    /// <param name="network">The weights under training.</param>
    /// <param name="mostRows">Rows of the larger of the tables to measure on.</param>
    /// <param name="classifies">Whether accuracy means something.</param>
    /// <param name="crew">The threads.</param>
    public TrainingEvaluation(PackedNetwork network, int mostRows, bool classifies, Crew crew)
    {
        (_crew, _classifies) = (crew, classifies);
        long valuesOfRow = network.Layout.Definition.Layers.Sum(l => (long)l.Units);
        int rows = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(MostValues / valuesOfRow, PieceRows, MostRows)); // divides the rows of a block
        _pass = new BatchPass(network, Math.Min(rows, mostRows), trains: false);
        _measure = Measure;
    }

    /// <summary>Mean loss and, for classes, accuracy over all rows.</summary>
    public (double Loss, double? Accuracy) Run(Samples samples, int threads)
    {
        double loss = 0;
        long right = 0;
        if (samples.IsStreamed)
        {
            foreach (var data in samples.Pieces()) Add(data, threads, ref loss, ref right);
        }
        else
        {
            Add(samples, threads, ref loss, ref right);
        }

        return (loss / samples.Rows, _classifies ? (double)right / samples.Rows : null);
    }

    private void Add(Samples samples, int threads, ref double loss, ref long right)
    {
        for (int first = 0; first < samples.Rows; first += _pass.MaxRows)
        {
            _rows = Math.Min(_pass.MaxRows, samples.Rows - first);
            _pass.Begin(samples, first, _rows);
            _crew.Run(_measure, (_rows + PieceRows - 1) / PieceRows, threads);
            loss += _pass.Loss;
            right += _pass.Right;
        }
    }

    private void Measure(int piece, int worker)
    {
        int first = piece * PieceRows, rows = Math.Min(PieceRows, _rows - first);
        _pass.Forward(first, rows);
        _pass.Measure(first, rows, _classifies);
    }
}
