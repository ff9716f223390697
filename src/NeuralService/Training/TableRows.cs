using NeuralService.Datasets;
using NeuralService.Engine;

namespace NeuralService.Training;

/// <summary>Rows of a stored table as the engine takes them. They are encoded chunk by chunk; what is kept in memory is the encoded numbers alone.</summary>
internal sealed class TableRows
{
    private const int ValuesOfCheck = 1 << 22; // read together where none is kept: 16 MiB

    private readonly TableStore tables;
    private readonly string contentId;
    private readonly int[] rows;
    private readonly FeatureEncoder features;
    private readonly TableTargets targets;
    private readonly double[]? classWeights;
    private readonly string[] columns;
    private readonly int width;

    /// <param name="tables">Where the table is.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">Which rows, ascending; at least one.</param>
    /// <param name="features">Encodes the features.</param>
    /// <param name="targets">Encodes the targets.</param>
    /// <param name="classWeights">Weight of each class, or null.</param>
    public TableRows(TableStore tables, StoredTable table, int[] rows, FeatureEncoder features, TableTargets targets, double[]? classWeights)
    {
        (this.tables, contentId, this.rows, this.features, this.targets, this.classWeights) = (tables, table.ContentId, rows, features, targets, classWeights);
        columns = [.. features.Columns.Select(c => c.Name), .. targets.Names];
        width = features.Width;
    }

    /// <summary>Bytes of the encoded rows.</summary>
    public long Bytes => rows.Length * sizeof(float) * ((long)width + (targets.AreClasses ? 1 : targets.Plan.Outputs) + (classWeights is null ? 0 : 1));

    /// <summary>Whether one array can hold them.</summary>
    public bool FitsArray => (long)rows.Length * width <= Array.MaxLength;

    /// <summary>Values of categorical columns that the encoder has not seen, in all that was read so far.</summary>
    public int Unseen { get; private set; }

    /// <summary>All rows, in memory.</summary>
    public Task<Samples> LoadAsync(CancellationToken cancellation) => ReadAsync(0, rows.Length, new float[rows.Length * width], cancellation);

    /// <summary>Rows that are read each time the engine wants them.</summary>
    public Samples Stream()
    {
        float[][] inputs = [[], []]; // the engine works on one block while the next is read
        int turn = 0;
        return Samples.Streamed(rows.Length, width, targets.Plan.Outputs, Read);

        Samples Read(int first, int count)
        {
            TrainingThread.LowerPriority();
            turn = 1 - turn;
            int values = checked(count * width);
            if (inputs[turn].Length < values)
            {
                inputs[turn] = []; // so that the collector may have it first
                inputs[turn] = new float[values];
            }

            return ReadAsync(first, count, inputs[turn], CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    /// <summary>Reads all rows once and keeps none.</summary>
    /// <exception cref="UntrainableException">A class is none of the training table.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        int most = Math.Min(rows.Length, Math.Max(1, ValuesOfCheck / width));
        var inputs = new float[most * width];
        for (int first = 0; first < rows.Length; first += most)
        {
            int count = Math.Min(most, rows.Length - first);
            await ReadAsync(first, count, inputs, cancellation);
        }
    }

    private async Task<Samples> ReadAsync(int first, int count, float[] inputs, CancellationToken cancellation)
    {
        int[]? classes = targets.AreClasses ? new int[count] : null;
        float[] values = targets.AreClasses ? [] : new float[count * targets.Plan.Outputs];
        int done = 0;
        await tables.ScanAsync(contentId, columns, rows[first], rows[first + count - 1] + 1, Take, cancellation);
        return classes is null ? Samples.WithTargets(inputs, width, values, targets.Plan.Outputs) : PreparedData.OfClasses(inputs, width, classes, targets.Plan, classWeights);

        void Take(int start, Table chunk)
        {
            int[] here = Within(rows.AsSpan(first + done, count - done), start, chunk.RowCount);
            var table = chunk.Columns.ToDictionary(c => c.Name, c => new FeatureColumn(c.Name, c.Type, c.Values, c.Texts ?? []), StringComparer.Ordinal);
            Unseen += features.Encode(table, here, inputs.AsSpan(done * width, here.Length * width));
            if (classes is not null) targets.ReadClasses(chunk, here, classes.AsSpan(done));
            else targets.ReadValues(chunk, here, values.AsSpan(done * targets.Plan.Outputs));
            done += here.Length;
        }
    }

    /// <summary>Those of ascending rows that lie in a chunk, counted from its first row; none lies before it.</summary>
    private static int[] Within(ReadOnlySpan<int> rows, int start, int count)
    {
        int found = rows.BinarySearch(start + count);
        int[] within = rows[..(found < 0 ? ~found : found)].ToArray();
        for (int i = 0; i < within.Length; i++) within[i] -= start;
        return within;
    }
}
