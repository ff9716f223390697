using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>The engine's matrix products alone, at the shapes of the workloads, one thread.</summary>
public class KernelBenchmarks
{
    private float[] _x = [];
    private float[] _delta = [];
    private float[] _w = [];
    private float[] _wTransposed = [];
    private float[] _z = [];
    private float[] _dw = [];
    private float[] _dx = [];

    /// <summary>Rows of a batch, inputs and units of a layer.</summary>
    [ParamsSource(nameof(Shapes))]
    public LayerShape Shape { get; set; }

    /// <summary>Layers of W2 to W6.</summary>
    public static IEnumerable<LayerShape> Shapes => [new(16, 4, 16), new(32, 64, 64), new(128, 784, 128), new(256, 784, 512), new(256, 512, 512), new(256, 64, 64)];

    /// <summary>Runs BenchmarkDotNet with its own options.</summary>
    internal static int Run(string[] args)
    {
        // In this process: a benchmark project of its own would be built under the locked restore and the warnings of this solution.
        var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).AddColumn(new GflopsColumn());
        BenchmarkSwitcher.FromTypes([typeof(KernelBenchmarks)]).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
        return 0;
    }

    /// <summary>Random matrices of the shape.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(11);
        float[] Matrix(int rows, int columns) => [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)];
        _x = Matrix(Shape.Rows, Shape.Inputs);
        _delta = Matrix(Shape.Rows, Shape.Units);
        _w = Matrix(Shape.Units, Shape.Inputs);
        _wTransposed = new float[_w.Length];
        Kernels.Transpose(_w, Shape.Units, Shape.Inputs, _wTransposed);
        _z = new float[_delta.Length];
        _dw = new float[_w.Length];
        _dx = new float[_x.Length];
    }

    /// <summary>z = X·Wᵀ.</summary>
    [Benchmark]
    public void Forward()
    {
        _z.AsSpan().Clear();
        Kernels.AddProduct(_x, Shape.Inputs, 1, _wTransposed, _z, Shape.Rows, Shape.Inputs, Shape.Units);
    }

    /// <summary>∂L/∂W = δᵀ·X.</summary>
    [Benchmark]
    public void WeightGradient()
    {
        _dw.AsSpan().Clear();
        Kernels.AddProduct(_delta, 1, Shape.Units, _x, _dw, Shape.Units, Shape.Rows, Shape.Inputs);
    }

    /// <summary>∂L/∂X = δ·W.</summary>
    [Benchmark]
    public void InputGradient()
    {
        _dx.AsSpan().Clear();
        Kernels.AddProduct(_delta, Shape.Units, 1, _w, _dx, Shape.Rows, Shape.Units, Shape.Inputs);
    }
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
