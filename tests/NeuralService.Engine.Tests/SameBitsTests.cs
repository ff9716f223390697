using System.Diagnostics;
using System.Security.Cryptography;

namespace NeuralService.Engine.Tests;

/// <summary>
/// The same seed gives the same bits on any number of threads and any width of vectors (design law 3). One hash stands for weights, history and predictions of
/// trainings that together have every activation, loss, optimizer and option.
/// </summary>
public class SameBitsTests
{
    // Changes when the engine computes a single bit differently: then Network.Dialect changes with it, because versions record it.
    private const string Golden = "1a45f14f14eedb5f";

    private static readonly (NetworkDefinition Net, int Rows, TrainingOptions Options)[] Trainings =
    [
        (Wide, 150, Options(new() { LearningRate = 0.01 }, batch: 64) with { L2 = 1e-3, MaxGradientNorm = 1, Schedule = new() { Type = ScheduleType.Cosine } }),
        (Deep, 61, Options(new() { Type = OptimizerType.Sgd, LearningRate = 0.2 }, batch: 1)),
        (Deep, 61, Options(new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9, WeightDecay = 1e-3 }, batch: 13)),
        (Deep, 61, Options(new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9, Nesterov = true }, batch: 8)),
        (Deep, 61, Options(new() { Type = OptimizerType.RmsProp, LearningRate = 0.005 }, batch: 16)),
        (Deep, 61, Options(new() { Type = OptimizerType.RmsProp, LearningRate = 0.002, Momentum = 0.5 }, batch: 16)),
        (Deep, 61, Options(new() { Type = OptimizerType.RmsProp, LearningRate = 0.005, Centered = true }, batch: 16)),
        (Deep, 61, Options(new() { Type = OptimizerType.AdamW, LearningRate = 0.01, WeightDecay = 0.01 }, batch: 16)),
        (new(3, [new(1, Activation.Sigmoid)], Loss.BinaryCrossEntropy), 40, Options(new() { Type = OptimizerType.Sgd, LearningRate = 1 }, batch: null)),
        (new(7, [new(40, Activation.Tanh), new(2, Activation.Sigmoid)], Loss.BinaryCrossEntropy), 40, Options(new() { LearningRate = 0.01 }, batch: 7) with { L1 = 1e-4 }),
        (new(4, [new(9, Activation.Relu), new(1, Activation.Linear)], Loss.SquaredError), 40, Options(new() { LearningRate = 0.01 }, batch: 10)),
        (new(6, [new(5, Activation.Softmax)], Loss.SquaredError), 40, Options(new() { LearningRate = 0.05 }, batch: 16)),
        (new(4, [new(12, Activation.Linear), new(3, Activation.Tanh)], Loss.SquaredError), 40, Options(new() { LearningRate = 0.01 }, batch: 16)),
        (new(3, [new(5, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy), 2500, Options(new() { LearningRate = 0.05 }, batch: null)), // in parts
    ];

    private static NetworkDefinition Wide => new(
        17, [new(33, Activation.Relu, Dropout: 0.2), new(100, Activation.Tanh), new(5, Activation.Softmax)], Loss.CrossEntropy);

    private static NetworkDefinition Deep => new(
        5,
        [new(17, Activation.LeakyRelu, NegativeSlope: 0.1, Dropout: 0.1), new(33, Activation.Sigmoid, Bias: false), new(8, Activation.Relu), new(3, Activation.Softmax)],
        Loss.CrossEntropy);

    [Fact]
    public void The_bits_are_those_of_this_dialect() => Assert.Equal((2, Golden), (Network.Dialect, Hash(threads: 1)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void On_any_number_of_threads(int threads) => Assert.Equal(Hash(threads: 1), Hash(threads));

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task On_processors_with_narrower_vectors(string instructions)
    {
        // This assembly is its own runner: the fact above again, in a process without these instructions.
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{typeof(SameBitsTests).FullName}.{nameof(The_bits_are_those_of_this_dialect)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment[instructions] = "0";
        using var process = Process.Start(start)!;
        var cancellation = TestContext.Current.CancellationToken;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);

        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1"), output + await errors);
    }

    [Fact]
    public void Several_threads_take_part()
    {
        var seen = new HashSet<int>();
        var net = Network.Initialize(Wide, 1);
        var cores = new TrainingCores(3, () =>
        {
            lock (seen) seen.Add(Environment.CurrentManagedThreadId);
        });
        new Trainer(net, Training.RowsFor(Wide, 150, seed: 3).ToSamples(), null, Trainings[0].Options, TimeProvider.System, cores).Run(_ => { }, CancellationToken.None);

        Assert.Equal(2, seen.Count); // the caller's own thread is the third
    }

    private static TrainingOptions Options(OptimizerSettings optimizer, int? batch) =>
        new() { Epochs = 6, BatchSize = batch, Seed = 11, Optimizer = optimizer };

    private static string Hash(int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (net, rows, options) in Trainings)
        {
            var network = Network.Initialize(net, seed: 5);
            var data = Training.RowsFor(net, rows, seed: 3);
            var samples = (data with { Weights = [.. data.Y.Select((_, i) => 1 + (i % 3) / 2.0)] }).ToSamples();
            var history = new List<EpochReport>();
            bool classifies = net.Output.Activation == Activation.Softmax;
            new Trainer(network, samples, Training.RowsFor(net, 20, seed: 4).ToSamples(), options with { Classifies = classifies }, TimeProvider.System, new TrainingCores(threads))
                .Run(history.Add, CancellationToken.None);
            Assert.All(network.Parameters, p => Assert.True(float.IsFinite(p)));
            Assert.True(history[^1].TrainingLoss < history[0].TrainingLoss, $"{net} {options.Optimizer}: {history[0].TrainingLoss} → {history[^1].TrainingLoss}");

            var outputs = new float[rows * net.Output.Units];
            new Predictor(network).Forward(samples.Inputs, rows, outputs);
            hash.AppendData(System.Text.Encoding.ASCII.GetBytes(network.WeightsSha256()));
            foreach (float v in outputs) Append(BitConverter.SingleToInt32Bits(v));
            foreach (var epoch in history)
            {
                Append(BitConverter.DoubleToInt64Bits(epoch.TrainingLoss));
                Append(BitConverter.DoubleToInt64Bits(epoch.ValidationLoss!.Value));
                Append(BitConverter.DoubleToInt64Bits(epoch.GradientNorm ?? 0));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];

        void Append(long bits) => hash.AppendData(BitConverter.GetBytes(bits)); // little-endian wherever this runs
    }
}
