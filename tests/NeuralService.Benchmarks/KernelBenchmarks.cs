using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>The engine's matrix products alone, at the shapes of the workloads, one thread.</summary>
public class KernelBenchmarks
{
    private float[] _x = [];
    private nint[] _offsets = [];
    private float[] _w = [];
    private float[] _wTransposed = [];
    private float[] _dw = [];
    private PanelBuffer _delta = new(0, 1);
    private PanelBuffer _z = new(0, 1);
    private PanelBuffer _dx = new(0, 1);

    /// <summary>Rows of a batch, inputs and units of a layer.</summary>
    [ParamsSource(nameof(Shapes))]
    public LayerShape Shape { get; set; }

    /// <summary>Layers of W2 to W6.</summary>
    public static IEnumerable<LayerShape> Shapes => [new(16, 4, 16), new(32, 64, 64), new(128, 784, 128), new(256, 784, 512), new(256, 512, 512), new(256, 64, 64)];

    /// <summary>Runs BenchmarkDotNet with its own options.</summary>
    internal static int Run(string[] args)
    {
        // In this process: a benchmark project of its own would be built under the locked restore and the warnings of this solution.
        List<string> all = ["--inProcess", .. args];
        if (!args.Contains("--job")) all.AddRange(["--job", "short"]);
        if (!args.Contains("--filter")) all.AddRange(["--filter", "*"]);
        BenchmarkSwitcher.FromTypes([typeof(KernelBenchmarks)]).Run([.. all], DefaultConfig.Instance.AddColumn(new GflopsColumn()));
        return 0;
    }

    /// <summary>Random matrices of the shape: X in rows as a data set has it, the others in panels.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(11);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        _x = Values(Shape.Rows * Shape.Inputs);
        _offsets = [.. Enumerable.Range(0, Shape.Rows).Select(row => (nint)row * Shape.Inputs)];
        _w = Values(W.Length);
        _wTransposed = Values(WTransposed.Length);
        _dw = new float[WTransposed.Length];
        _delta = new PanelBuffer(Shape.Rows, Shape.Units);
        Values(_delta.Data.Length).CopyTo(_delta.Data);
        _z = new PanelBuffer(Shape.Rows, Shape.Units);
        _dx = new PanelBuffer(Shape.Rows, Shape.Inputs);
    }

    /// <summary>z = X·Wᵀ.</summary>
    [Benchmark]
    public void Forward() => Kernels.RowProduct(X, 0, Shape.Rows, _wTransposed, WTransposed, default, _z.Data, _z.Shape);

    /// <summary>∂L/∂W = δᵀ·X.</summary>
    [Benchmark]
    public void WeightGradient()
    {
        for (int panel = 0; panel < _delta.Shape.Count; panel++)
            Kernels.ColumnProduct(X, Shape.Rows, 0, Shape.Inputs, _delta.Data, _delta.Shape, panel, _dw, add: false);
    }

    /// <summary>∂L/∂X = δ·W.</summary>
    [Benchmark]
    public void InputGradient() => Kernels.RowProduct(_delta.Operand, 0, Shape.Rows, _w, W, default, _dx.Data, _dx.Shape);

    private Operand X => Operand.OfRows(_x, _offsets, Shape.Inputs);

    private PanelShape W => new(Shape.Units, Shape.Inputs);

    private PanelShape WTransposed => new(Shape.Inputs, Shape.Units);
}

/// <summary>A batch through a layer.</summary>
/// <param name="Rows">Rows of the batch.</param>
/// <param name="Inputs">Inputs of the layer.</param>
/// <param name="Units">Units of the layer.</param>
public readonly record struct LayerShape(int Rows, int Inputs, int Units)
{
    /// <summary>Floating-point operations of each of the three products.</summary>
    public double Operations => 2.0 * Rows * Inputs * Units;

    /// <inheritdoc/>
    public override string ToString() => $"{Rows}×{Inputs}×{Units}";
}
