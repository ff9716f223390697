namespace NeuralService.Engine;

/// <summary>Rows with their targets: what a network is trained or measured on.</summary>
public sealed class Samples
{
    private readonly float[]? _targets;
    private readonly int[]? _classes;

    private Samples(float[] inputs, int inputSize, float[]? targets, int[]? classes, int outputSize, float[]? weights)
    {
        Rows = targets is not null ? targets.Length / outputSize : classes!.Length;
        if (inputs.Length != (long)Rows * inputSize) throw new ArgumentException($"{Rows} rows of {inputSize} inputs are {(long)Rows * inputSize} values; {inputs.Length} were given.");
        if (weights is not null && weights.Length != Rows) throw new ArgumentException("One weight a row.", nameof(weights));
        (Inputs, InputSize, OutputSize, Weights) = (inputs, inputSize, outputSize, weights);
        (_targets, _classes) = (targets, classes);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Inputs of the network, shape [Rows, InputSize].</summary>
    public float[] Inputs { get; }

    /// <summary>Values of one row.</summary>
    public int InputSize { get; }

    /// <summary>Targets of one row.</summary>
    public int OutputSize { get; }

    /// <summary>Class index of each row, shape [Rows]; null where the targets are numbers.</summary>
    internal int[]? Classes => _classes;

    /// <summary>Factor on the gradient of each row, shape [Rows]; null for 1. Losses are reported without it.</summary>
    public float[]? Weights { get; }

    /// <summary>Rows with numbers as targets.</summary>
    /// <param name="inputs">Shape [rows, inputSize].</param>
    /// <param name="inputSize">Values of one row.</param>
    /// <param name="targets">Shape [rows, outputSize].</param>
    /// <param name="outputSize">Targets of one row.</param>
    /// <param name="weights">Factor on each row's gradient, or null.</param>
    public static Samples WithTargets(float[] inputs, int inputSize, float[] targets, int outputSize, float[]? weights = null) =>
        new(inputs, inputSize, targets, null, outputSize, weights);

    /// <summary>Rows with classes: one output holds the class 0 or 1 itself, several hold 1 at the class and 0 elsewhere.</summary>
    /// <param name="inputs">Shape [rows, inputSize].</param>
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
