namespace NeuralService.Engine;

/// <summary>Rows with their targets: what a network is trained or measured on.</summary>
public sealed class Samples
{
    private readonly float[]? _targets;
    private readonly int[]? _classes;
    private readonly Func<int, int, Samples>? _read;

    private Samples(float[] inputs, int inputSize, float[]? targets, int[]? classes, int outputSize, float[]? weights)
    {
        Rows = targets is not null ? targets.Length / outputSize : classes!.Length;
        if (inputs.Length < (long)Rows * inputSize) throw new ArgumentException($"{Rows} rows of {inputSize} inputs are {(long)Rows * inputSize} values; {inputs.Length} were given.");
        if (weights is not null && weights.Length != Rows) throw new ArgumentException("One weight a row.", nameof(weights));
        (Inputs, InputSize, OutputSize, Weights) = (inputs, inputSize, outputSize, weights);
        (_targets, _classes) = (targets, classes);
    }

    private Samples(int rows, int inputSize, int outputSize, Func<int, int, Samples> read)
    {
        (Rows, InputSize, OutputSize, _read) = (rows, inputSize, outputSize, read);
        Inputs = [];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Whether the rows are read when they are wanted, instead of lying in memory.</summary>
    public bool IsStreamed => _read is not null;

    /// <summary>Inputs of the network, shape [Rows, InputSize]; empty where the rows are streamed.</summary>
    public float[] Inputs { get; }

    /// <summary>Values of one row.</summary>
    public int InputSize { get; }

    /// <summary>Targets of one row.</summary>
    public int OutputSize { get; }

    /// <summary>Rows that are too many for memory: they are read some thousands at a time, each time they are wanted.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="inputSize">Values of one row.</param>
    /// <param name="outputSize">Targets of one row.</param>
    /// <param name="read">Reads neighbouring rows, given the first and how many; called on a thread of its own, one call at a time. What it gave two calls before is no longer in use.</param>
    public static Samples Streamed(int rows, int inputSize, int outputSize, Func<int, int, Samples> read) => new(rows, inputSize, outputSize, read);

    /// <summary>Reads neighbouring rows of streamed samples.</summary>
    /// <exception cref="InvalidOperationException">What was read has another shape.</exception>
    internal Samples Read(int first, int count)
    {
        Samples data;
        lock (_read!) data = _read(first, count); // a training that is cancelled may leave a read behind
        if (data.IsStreamed || data.Rows != count || data.InputSize != InputSize || data.OutputSize != OutputSize)
            throw new InvalidOperationException($"{count} rows of {InputSize} inputs and {OutputSize} targets were wanted; {data.Rows} of {data.InputSize} and {data.OutputSize} were read.");
        return data;
    }

    /// <summary>Begins to read neighbouring rows of streamed samples.</summary>
    internal Task<Samples> ReadAsync(int first, int count) =>
        Task.Factory.StartNew(() => Read(first, count), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The rows in pieces that lie in memory, in order. Of streamed ones, a piece is read while the one before it is worked on.</summary>
    internal IEnumerable<Samples> Pieces()
    {
        if (!IsStreamed)
        {
            yield return this;
            yield break;
        }

        int rows = EpochBlocks.RowsOfBlock(InputSize);
        var ahead = ReadAsync(0, Math.Min(rows, Rows));
        for (int next = rows; next < Rows; next += rows)
        {
            var piece = ahead.GetAwaiter().GetResult();
            ahead = ReadAsync(next, Math.Min(rows, Rows - next));
            yield return piece;
        }

        yield return ahead.GetAwaiter().GetResult();
    }

    /// <summary>Class index of each row, shape [Rows]; null where the targets are numbers.</summary>
    internal int[]? Classes => _classes;

    /// <summary>Factor on the gradient of each row, shape [Rows]; null for 1. Losses are reported without it.</summary>
    public float[]? Weights { get; }

    /// <summary>Rows with numbers as targets.</summary>
    /// <param name="inputs">Shape [rows, inputSize]; values behind those are not looked at.</param>
    /// <param name="inputSize">Values of one row.</param>
    /// <param name="targets">Shape [rows, outputSize].</param>
    /// <param name="outputSize">Targets of one row.</param>
    /// <param name="weights">Factor on each row's gradient, or null.</param>
    public static Samples WithTargets(float[] inputs, int inputSize, float[] targets, int outputSize, float[]? weights = null) =>
        new(inputs, inputSize, targets, null, outputSize, weights);

    /// <summary>Rows with classes: one output holds the class 0 or 1 itself, several hold 1 at the class and 0 elsewhere.</summary>
    /// <param name="inputs">Shape [rows, inputSize]; values behind those are not looked at.</param>
    /// <param name="inputSize">Values of one row.</param>
    /// <param name="classes">Class index of each row, shape [rows].</param>
    /// <param name="outputSize">Outputs of the network.</param>
    /// <param name="weights">Factor on each row's gradient, or null.</param>
    public static Samples WithClasses(float[] inputs, int inputSize, int[] classes, int outputSize, float[]? weights = null) =>
        new(inputs, inputSize, null, classes, outputSize, weights);

    /// <summary>The target of one row of numbers, shape [OutputSize].</summary>
    internal ReadOnlySpan<float> TargetOf(int row) => _targets.AsSpan(row * OutputSize, OutputSize);

    /// <summary>The target of one row, shape [OutputSize].</summary>
    public void CopyTarget(int row, Span<float> target)
    {
        if (_targets is not null)
        {
            _targets.AsSpan(row * OutputSize, OutputSize).CopyTo(target);
            return;
        }

        target.Clear();
        if (OutputSize == 1) target[0] = _classes![row];
        else target[_classes![row]] = 1;
    }
}
