namespace NeuralService.Engine.Tests;

/// <summary>Fifty steps of training in float32 follow the scalar twin in double: every optimizer on every kind of network, and every option.</summary>
public class TwinTrajectoryTests
{
    private static readonly TrainingOptions Plain = new() { BatchSize = 7, Shuffle = false, ExactHistory = true, Seed = 5 };

    private static readonly Dictionary<string, OptimizerSettings> Optimizers = new()
    {
        ["sgd"] = new() { Type = OptimizerType.Sgd, LearningRate = 0.1 },
        ["sgd weightDecay"] = new() { Type = OptimizerType.Sgd, LearningRate = 0.1, WeightDecay = 0.05 },
        ["sgd momentum"] = new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9 },
        ["sgd nesterov"] = new() { Type = OptimizerType.Sgd, LearningRate = 0.05, Momentum = 0.9, Nesterov = true },
        ["rmsProp"] = new() { Type = OptimizerType.RmsProp, LearningRate = 0.01 },
        ["rmsProp momentum"] = new() { Type = OptimizerType.RmsProp, LearningRate = 0.003, Momentum = 0.9, WeightDecay = 0.01 },
        ["rmsProp centered"] = new() { Type = OptimizerType.RmsProp, LearningRate = 0.01, Alpha = 0.9, Centered = true },
        ["adam"] = new() { Type = OptimizerType.Adam, LearningRate = 0.01 },
        ["adam weightDecay"] = new() { Type = OptimizerType.Adam, LearningRate = 0.02, WeightDecay = 0.1, Beta1 = 0.8, Beta2 = 0.95 },
        ["adamW"] = new() { Type = OptimizerType.AdamW, LearningRate = 0.02, WeightDecay = 0.1 },
    };

    private static readonly Dictionary<string, NetworkDefinition> Networks = new()
    {
        ["linear"] = new(3, [new(2, Activation.Linear)], Loss.SquaredError),
        ["sigmoid, binary cross-entropy"] = new(3, [new(1, Activation.Sigmoid)], Loss.BinaryCrossEntropy),
        ["softmax, cross-entropy"] = new(4, [new(3, Activation.Softmax)], Loss.CrossEntropy),
        ["tanh, softmax"] = new(4, [new(6, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy),
        ["relu, linear"] = new(3, [new(9, Activation.Relu), new(2, Activation.Linear)], Loss.SquaredError),
        ["leakyRelu, several sigmoids"] = new(3, [new(7, Activation.LeakyRelu, 0.2), new(3, Activation.Sigmoid)], Loss.BinaryCrossEntropy),
        ["without biases"] = new(3, [new(5, Activation.Tanh, Bias: false), new(2, Activation.Linear, Bias: false)], Loss.SquaredError),
        ["step, linear"] = new(3, [new(5, Activation.Step), new(2, Activation.Linear)], Loss.SquaredError),
        ["softmax, squared error"] = new(3, [new(5, Activation.Sigmoid), new(3, Activation.Softmax)], Loss.SquaredError),
        ["three layers, sigmoid, squared error"] =
            new(3, [new(5, Activation.Tanh), new(4, Activation.LeakyRelu), new(2, Activation.Sigmoid)], Loss.SquaredError),
        ["four layers"] =
            new(4, [new(8, Activation.Relu), new(6, Activation.Sigmoid), new(5, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy),
        ["tanh output"] = new(2, [new(4, Activation.LeakyRelu), new(2, Activation.Tanh)], Loss.SquaredError),
        ["relu output"] = new(2, [new(4, Activation.Tanh), new(2, Activation.Relu)], Loss.SquaredError),
    };

    // Units that fill several panels, and not the last one.
    private static readonly Dictionary<string, NetworkDefinition> Wide = new()
    {
        ["relu, tanh, softmax"] = new(17, [new(66, Activation.Relu), new(17, Activation.Tanh), new(5, Activation.Softmax)], Loss.CrossEntropy),
        ["leakyRelu, sigmoid, linear"] = new(9, [new(20, Activation.LeakyRelu), new(34, Activation.Sigmoid), new(33, Activation.Linear)], Loss.SquaredError),
    };

    private static readonly Dictionary<string, TrainingOptions> Options = new()
    {
        ["full batch"] = Plain with { BatchSize = null },
        ["single rows"] = Plain with { BatchSize = 1 },
        ["smaller last batch"] = Plain with { BatchSize = 8 },
        ["larger than the rows"] = Plain with { BatchSize = 1000 },
        ["shuffled"] = Plain with { BatchSize = 4, Shuffle = true },
        ["l1"] = Plain with { L1 = 0.01 },
        ["l2"] = Plain with { L2 = 0.1 },
        ["l1 and l2"] = Plain with { L1 = 0.003, L2 = 0.05 },
        ["clipped"] = Plain with { MaxGradientNorm = 0.1 },
        ["clipped after regularisation"] = Plain with { MaxGradientNorm = 0.2, L2 = 0.3 },
        ["schedule step"] = Plain with { Schedule = new() { Type = ScheduleType.Step, EveryEpochs = 4, Factor = 0.5 } },
        ["schedule exponential"] = Plain with { Schedule = new() { Type = ScheduleType.Exponential, Factor = 0.9, WarmupEpochs = 2 } },
        ["schedule cosine"] = Plain with { Schedule = new() { Type = ScheduleType.Cosine, Minimum = 0.001, WarmupEpochs = 3 } },
        ["schedule plateau"] = Plain with
        {
            Schedule = new() { Type = ScheduleType.ReduceOnPlateau, Monitor = Monitor.TrainingLoss, Patience = 2, MinDelta = 0.05, Factor = 0.3, Minimum = 0.002, WarmupEpochs = 3 },
        },
        ["early stopping"] = Plain with { EarlyStopping = new(Monitor.TrainingLoss, 3, 0.02) },
        ["early stopping, last weights"] = Plain with { EarlyStopping = new(Monitor.TrainingLoss, 3, 0.02, RestoreBest: false) },
    };

    public static TheoryData<string, string> EveryOptimizerOnEveryNetwork => Product(Optimizers.Keys, Networks.Keys);

    public static TheoryData<string, string> EveryOptimizerOnThreeLayers => Product(Optimizers.Keys, Wide.Keys);

    public static TheoryData<string, string> EveryOptionOnTwoNetworks => Product(Options.Keys, ["tanh, softmax", "relu, linear"]);

    [Theory]
    [MemberData(nameof(EveryOptimizerOnEveryNetwork))]
    public void Every_optimizer_follows_the_twin_on_every_network(string optimizer, string network) =>
        Follows(Networks[network], Plain with { Optimizer = Optimizers[optimizer] }, weighted: false);

    [Theory]
    [MemberData(nameof(EveryOptionOnTwoNetworks))]
    public void Every_option_follows_the_twin(string option, string network) =>
        Follows(Networks[network], Options[option] with { Optimizer = Optimizers["sgd momentum"] }, weighted: false);

    [Theory]
    [InlineData("softmax, cross-entropy")]
    [InlineData("tanh, softmax")]
    [InlineData("sigmoid, binary cross-entropy")]
    public void Weighted_rows_follow_the_twin(string network) =>
        Follows(Networks[network], Plain with { Optimizer = Optimizers["adam"] }, weighted: true);

    [Fact]
    public void Dropout_follows_the_twin_that_is_given_the_same_masks()
    {
        var net = new NetworkDefinition(
            4, [new(9, Activation.Relu, Dropout: 0.25), new(7, Activation.Tanh, Dropout: 0.5), new(3, Activation.Softmax)], Loss.CrossEntropy);
        Follows(net, Plain with { Optimizer = Optimizers["sgd"] }, weighted: false);
    }

    [Theory]
    [MemberData(nameof(EveryOptimizerOnThreeLayers))]
    public void Each_of_fifty_steps_on_three_layers_follows_the_twin(string optimizer, string network)
    {
        var options = Plain with { BatchSize = null, Epochs = 50, Optimizer = Optimizers[optimizer] }; // one step an epoch
        var rows = Training.RowsFor(Wide[network], 21, seed: 11);
        var trained = Network.Initialize(Wide[network], seed: 2);
        var losses = new TwinTraining(Wide[network], ScalarTwin.Of(trained), rows, options).Run();

        var (_, history) = Training.Run(trained, rows.ToSamples(), options);

        Assert.Equal(51, history.Count);
        for (int step = 0; step <= 50; step++) Close(losses[step], history[step].TrainingLoss, 1e-4);
        Assert.True(losses[50] < 0.95 * losses[0], $"{losses[0]} → {losses[50]}");
    }

    private static void Follows(NetworkDefinition net, TrainingOptions options, bool weighted)
    {
        var rows = Training.RowsFor(net, 21, seed: 11);
        if (weighted) rows = rows with { Weights = [.. rows.Y.Select(y => y[0] == 1 ? 0.5 : 2)] };
        int batch = Math.Min(options.BatchSize ?? 21, 21);
        options = options with { Epochs = Math.Max(12, (50 * batch + 20) / 21) }; // fifty steps or more
        var network = Network.Initialize(net, seed: 2);
        var twin = ScalarTwin.Of(network);
        var expected = new TwinTraining(net, twin, rows, options)
        {
            Order = epoch => OrderOf(21, options, epoch),
            Masks = (epoch, position) => MasksOf(net, options.Seed, epoch, position),
        };
        var losses = expected.Run();

        var (_, history) = Training.Run(network, rows.ToSamples(), options);

        Assert.Equal(losses.Count, history.Count);
        for (int epoch = 0; epoch < losses.Count; epoch++) Close(losses[epoch], history[epoch].TrainingLoss, 1e-4);
        for (int epoch = 1; epoch < losses.Count; epoch++)
        {
            Close(expected.Rates[epoch - 1], history[epoch].LearningRate!.Value, 1e-12);
            Close(expected.Norms[epoch - 1], history[epoch].GradientNorm!.Value, 1e-3);
        }

        for (int i = 0; i < twin.Parameters.Length; i++) Assert.Equal(twin.Parameters[i], network.Parameters[i], 2e-4);
    }

    private static int[] OrderOf(int rows, TrainingOptions options, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        if (options.Shuffle && options.BatchSize is { } size && size < rows) Philox.Shuffle(order, options.Seed, RandomPurpose.Shuffle, 0, (uint)epoch);
        return order;
    }

    private static double[][] MasksOf(NetworkDefinition net, ulong seed, int epoch, int position) =>
        [.. net.Layers.Select((layer, i) =>
        {
            var mask = new float[layer.Units];
            if (layer.Dropout > 0) new DropoutPosition(seed, epoch, position).FillMask(layer, i, 0, mask);
            else Array.Fill(mask, 1);
            return mask.Select(m => (double)m).ToArray();
        })];

    private static void Close(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Max(1e-3, Math.Abs(expected)), $"{actual:R} is not within {tolerance} of {expected:R}.");

    private static TheoryData<string, string> Product(IEnumerable<string> first, IEnumerable<string> second)
    {
        var data = new TheoryData<string, string>();
        foreach (string a in first)
        {
            foreach (string b in second) data.Add(a, b);
        }

        return data;
    }
}
