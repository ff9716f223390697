using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace NeuralService.Engine.Tests;

/// <summary>
/// The same seed gives the same bits on any number of threads and any width of vectors (design law 3). One hash stands for the weights, the history and the
/// predictions of trainings that together have every activation, loss, optimizer, schedule and option.
/// </summary>
public class SameBitsTests
{
    // This and Network.Dialect change together: a version records the dialect that its weights were computed by.
    private const int Dialect = 2;
    private const string Golden = "5d93ddec9beec9a3";

    private static readonly NetworkDefinition Wide = new(
        17, [new(33, Activation.Relu, Dropout: 0.2), new(100, Activation.Tanh), new(5, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly NetworkDefinition Deep = new(
        5,
        [new(17, Activation.LeakyRelu, NegativeSlope: 0.1, Dropout: 0.1), new(33, Activation.Sigmoid, Bias: false), new(8, Activation.Relu), new(3, Activation.Softmax)],
        Loss.CrossEntropy);

    private static readonly OptimizerSettings Descent = new() { Type = OptimizerType.Sgd, LearningRate = 0.1 }, Adam = new() { LearningRate = 0.01 };

    private static readonly Case[] Cases =
    [
        new(Wide, 280, Adam, 256) { L2 = 1e-3, MaxGradientNorm = 1, Schedule = new() { Type = ScheduleType.Cosine } },
        new(Wide, 150, Descent, 64),
        new(Of(17, Loss.CrossEntropy, new(33, Activation.Relu, Dropout: 0.2), new(5, Activation.Softmax)), 1100, Descent, 1050) { Epochs = 3, L1 = 1e-4 }, // a batch in two parts
        new(new(100, [new(640, Activation.Relu), new(10, Activation.Softmax)], Loss.CrossEntropy), 68, new() { LearningRate = 0.002 }, 64) { Epochs = 2 }, // beyond the second-level cache
        new(Deep, 61, Descent, 1) { Epochs = 3, Schedule = new() { Type = ScheduleType.Step, EveryEpochs = 1, Factor = 0.5 } },
        new(Deep, 61, new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9, WeightDecay = 1e-3 }, 13) { MaxGradientNorm = 0.3 },
        new(Deep, 61, new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9, Nesterov = true }, 8),
        new(Deep, 61, new() { Type = OptimizerType.RmsProp, LearningRate = 0.005 }, 16) { Schedule = new() { Type = ScheduleType.Exponential, WarmupEpochs = 2 } },
        new(Deep, 61, new() { Type = OptimizerType.RmsProp, LearningRate = 0.002, Momentum = 0.5 }, 16),
        new(Deep, 61, new() { Type = OptimizerType.RmsProp, LearningRate = 0.005, Centered = true }, 16),
        new(Deep, 61, new() { Type = OptimizerType.AdamW, LearningRate = 0.01, WeightDecay = 0.01 }, 16) { Schedule = new() { Type = ScheduleType.ReduceOnPlateau, Patience = 1 } },
        new(Of(3, Loss.BinaryCrossEntropy, new LayerDefinition(1, Activation.Sigmoid)), 40, Descent, null),
        new(Of(7, Loss.BinaryCrossEntropy, new(40, Activation.Tanh), new(2, Activation.Sigmoid)), 40, Adam, 7) { L1 = 1e-4 },
        new(Of(1, Loss.SquaredError, new(1, Activation.Relu), new(1, Activation.Linear)), 40, Adam, 10),
        new(Of(4, Loss.SquaredError, new(12, Activation.Linear), new(3, Activation.Tanh, Bias: false)), 40, Adam, 16),
        new(Of(6, Loss.SquaredError, new LayerDefinition(5, Activation.Softmax)), 40, Adam, 16),
        new(Of(6, Loss.SquaredError, new(9, Activation.Step), new(3, Activation.Sigmoid)), 40, Adam, 16),
        new(Of(6, Loss.SquaredError, new(65, Activation.Tanh), new(33, Activation.Relu)), 40, Adam, 16),
        new(Of(6, Loss.SquaredError, new LayerDefinition(2, Activation.LeakyRelu)), 40, Adam, 16),
        new(Of(3, Loss.CrossEntropy, new(5, Activation.Tanh), new(3, Activation.Softmax)), 2500, Adam, null), // a batch in three parts
        new(Of(5, Loss.Perceptron, new LayerDefinition(1, Activation.Step)), 40, new() { Type = OptimizerType.Perceptron, LearningRate = 0.1 }, 1),
    ];

    private static readonly Lazy<string> OneThread = new(() => Hash(Cases, new TrainingCores(1)));

    [Fact]
    public void The_bits_are_those_of_this_dialect()
    {
        // In a process of the theory below: that it is what it is said to be.
        if (IsOff("AVX512")) Assert.False(Vector512.IsHardwareAccelerated);
        if (IsOff("AVX2")) Assert.False(Vector256.IsHardwareAccelerated);
        if (IsOff("HWIntrinsic")) Assert.False(Vector128.IsHardwareAccelerated);

        Assert.Equal((Dialect, Golden), (Network.Dialect, OneThread.Value));

        static bool IsOff(string instructions) => Environment.GetEnvironmentVariable($"DOTNET_Enable{instructions}") == "0";
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void On_any_number_of_threads(int threads)
    {
        var meeting = new Meeting(threads);

        Assert.Equal(OneThread.Value, Hash(Cases, meeting.Cores, meeting));
        Assert.All(meeting.Pieces, pieces => Assert.NotEqual(0, pieces)); // each thread took part
    }

    [Theory]
    [InlineData("AVX512")]
    [InlineData("AVX2")]
    [InlineData("HWIntrinsic")]
    public void On_processors_with_narrower_vectors_or_none(string instructions)
    {
        // This assembly is a program: the fact above again, in a process without these instructions.
        string program = Environment.ProcessPath!, method = $"*{nameof(SameBitsTests)}.{nameof(The_bits_are_those_of_this_dialect)}";
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, [.. isHost ? new[] { typeof(SameBitsTests).Assembly.Location } : [], "-noColor", "-method", method])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment[$"DOTNET_Enable{instructions}"] = "0";
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), output);
    }

    // The hash says that the bits are the same; that they are any good is asserted here.
    private static string Hash(Case[] cases, TrainingCores cores, Meeting? meeting = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var @case in cases)
        {
            var net = @case.Net;
            var network = Network.Initialize(net, seed: 5);
            var samples = @case.Samples();
            var history = new List<EpochReport>();
            new Trainer(network, samples, Training.RowsFor(net, 20, seed: 4).ToSamples(), @case.Options(), TimeProvider.System, cores).Run(
                report =>
                {
                    history.Add(report);
                    if (meeting is not null) meeting.IsOpen = true; // the first batch has pieces enough
                },
                CancellationToken.None);
            Assert.All(network.Parameters, p => Assert.True(float.IsFinite(p)));
            Assert.True(history[^1].TrainingLoss < history[0].TrainingLoss, $"Case {Array.IndexOf(cases, @case)}: {history[0].TrainingLoss} → {history[^1].TrainingLoss}");

            hash.AppendData(Convert.FromHexString(network.WeightsSha256()));
            Append(Predictions(network, samples, @case.Rows));
            foreach (var epoch in history)
                Append([epoch.TrainingLoss, epoch.ValidationLoss ?? 0, epoch.TrainingAccuracy ?? 0, epoch.ValidationAccuracy ?? 0, epoch.LearningRate ?? 0, epoch.GradientNorm ?? 0]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];

        void Append(double[] values)
        {
            Span<byte> bytes = stackalloc byte[sizeof(double)];
            foreach (double value in values)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                hash.AppendData(bytes);
            }
        }
    }

    // Together, and again alone.
    private static double[] Predictions(Network network, Samples samples, int rows)
    {
        int units = network.Definition.Output.Units;
        float[] together = new float[rows * units], alone = new float[rows * units];
        var predictor = new Predictor(network);
        predictor.Forward(samples.Inputs, rows, together);
        for (int row = 0; row < rows; row++) predictor.Forward(samples.Inputs.AsSpan(row * samples.InputSize, samples.InputSize), 1, alone.AsSpan(row * units, units));
        Assert.Equal(KernelTests.Bits(together), KernelTests.Bits(alone));
        return Array.ConvertAll(together, p => (double)p);
    }

    private static NetworkDefinition Of(int inputs, Loss loss, params LayerDefinition[] layers) => new(inputs, layers, loss);

    private sealed record Case(NetworkDefinition Net, int Rows, OptimizerSettings Optimizer, int? Batch)
    {
        public int Epochs { get; init; } = 6;

        public double L1 { get; init; }

        public double L2 { get; init; }

        public double? MaxGradientNorm { get; init; }

        public LearningRateSchedule Schedule { get; init; } = new();

        /// <summary>Half of the cases have row weights, a third a history of means over the batches.</summary>
        public TrainingOptions Options() => new()
        {
            Epochs = Epochs, BatchSize = Batch, Optimizer = Optimizer, Schedule = Schedule, L1 = L1, L2 = L2, MaxGradientNorm = MaxGradientNorm,
            Seed = 11, Classifies = Net.Loss != Loss.SquaredError, ExactHistory = Rows % 3 == 0 ? false : null,
        };

        public Samples Samples()
        {
            var rows = Training.RowsFor(Net, Rows, seed: 3);
            if (Rows % 2 == 1) rows = rows with { Weights = [.. rows.Y.Select((_, i) => 1 + i % 3 / 2.0)] };
            return rows.ToSamples();
        }
    }
}
