namespace NeuralService.Engine.Tests.Lecture;

/// <summary>Rows S01 to S07: the classical perceptron, its learning rule, and what becomes of it on points that no line separates.</summary>
public class PerceptronTests
{
    private static readonly NetworkDefinition TwoInputs =
        new(2, [new(1, Activation.Step, Initializer: Initializer.Zeros)], Loss.Perceptron);

    private static readonly NetworkDefinition OneInput = TwoInputs with { InputSize = 1 };

    private static readonly TrainingOptions Rule = new()
    {
        Optimizer = new() { Type = OptimizerType.Perceptron, LearningRate = 1 }, Shuffle = false, Classifies = true, Epochs = 1000,
    };

    // Rows in the order in which the lecture's checks visit them, and their classes.
    private static readonly Samples And = Samples.WithClasses([1, 1, 0, 0, 0, 1, 1, 0], 2, [1, 0, 0, 0], 1);
    private static readonly Samples Or = Samples.WithClasses([0, 1, 1, 0, 1, 1, 0, 0], 2, [1, 1, 1, 0], 1);
    private static readonly Samples Xor = Samples.WithClasses([0, 1, 1, 0, 0, 0, 1, 1], 2, [1, 1, 0, 0], 1);

    [Fact]
    public void S01_fires_when_the_weighted_sum_reaches_the_threshold_and_the_boundary_belongs_to_class_1()
    {
        // w = (2, −3), θ = 1, so the bias is w0 = −1: z = 2·x1 − 3·x2 − 1.
        var network = new Network(TwoInputs, [2, -3, -1]);

        Assert.Equal(1, network.Predict(2, 1)[0]);      // z = 0: the boundary
        Assert.Equal(1, network.Predict(3, 1)[0]);      // z = 2
        Assert.Equal(0, network.Predict(1.9f, 1)[0]);   // z = −0.2
        Assert.Equal(1, Trace.Of(TwoInputs, LayerParameters.Of(network), [2, 1], [1]).Output[0]);
    }

    [Fact]
    public void S02_AND_converges_in_epoch_5_after_11_updates()
    {
        var (network, reason, epochs) = Learn(TwoInputs, And, Rule);

        Assert.Equal([2f, 1f, -3f], network.Parameters); // w = (−3, 2, 1), bias first on the slide
        Assert.Equal((StopReason.Converged, 5), (reason, epochs[^1].Epoch));
        Assert.Equal((11, 5), UpdatesAndEpochs([([1, 1], 1), ([0, 0], 0), ([0, 1], 0), ([1, 0], 0)], [-3, 2, 1]));
    }

    [Fact]
    public void S02_OR_converges_in_epoch_3_after_5_updates()
    {
        var (network, reason, epochs) = Learn(TwoInputs, Or, Rule);

        Assert.Equal([1f, 1f, -1f], network.Parameters);
        Assert.Equal((StopReason.Converged, 3), (reason, epochs[^1].Epoch));
        Assert.Equal((5, 3), UpdatesAndEpochs([([0, 1], 1), ([1, 0], 1), ([1, 1], 1), ([0, 0], 0)], [-1, 1, 1]));
    }

    [Fact]
    public void S03_stops_when_there_are_no_more_errors_or_when_nothing_changes_and_says_which()
    {
        var (_, noErrors, _) = Learn(TwoInputs, And, Rule);
        var (_, noChange, epochs) = Learn(TwoInputs, Xor, Rule with { EarlyStopping = new(Monitor.TrainingLoss, Patience: 20) });

        Assert.Equal(StopReason.Converged, noErrors);
        Assert.Equal(StopReason.EarlyStopping, noChange);
        Assert.True(epochs.Count < 100);
    }

    [Fact]
    public void S04_stops_in_epoch_1_when_nine_of_ten_points_are_right()
    {
        var (network, reason, epochs) = Learn(OneInput, Line(), Rule with { StopWhen = new() { TrainingAccuracy = 0.9 } });

        Assert.Equal((StopReason.StopWhen, 1), (reason, epochs[^1].Epoch));
        Assert.Equal(0.9, epochs[^1].TrainingAccuracy!.Value, 1e-12);
        // The rule went on to w = (−1, 3) within the epoch; the pocket holds the first weights that were as good, (−1, 10) after one update.
        Assert.Equal([10f, -1f], network.Parameters);
        Assert.Equal(0.9, Evaluator.Evaluate(network, Line(), classifies: true).Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void S04_never_gets_all_of_the_points_right()
    {
        var (network, reason, epochs) = Learn(OneInput, Line(), Rule with { Epochs = 10_000, StopWhen = new() { TrainingAccuracy = 1 } });

        Assert.Equal((StopReason.Epochs, 10_000), (reason, epochs[^1].Epoch));
        Assert.Equal(0.9, Evaluator.Evaluate(network, Line(), classifies: true).Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void S05_XOR_ends_at_its_limit_of_epochs_with_the_best_weights_so_far_in_the_pocket()
    {
        var (network, reason, epochs) = Learn(TwoInputs, Samples.WithClasses([0, 1, 1, 0, 0, 0, 1, 1], 2, [1, 1, 0, 0], 1), Rule);

        Assert.Equal((StopReason.Epochs, 1000), (reason, epochs[^1].Epoch));
        Assert.All(epochs, e => Assert.Equal(0.5, e.TrainingAccuracy)); // at every epoch's end, for ever
        Assert.Equal([-1f, 1f, -1f], network.Parameters);               // w = (−1, −1, 1), met after update 5, in epoch 3
        Assert.Equal(0.75, Evaluator.Evaluate(network, Xor, classifies: true).Accuracy);
        var (early, _, _) = Learn(TwoInputs, Xor, Rule with { Epochs = 2 });
        Assert.Equal(0.5, Evaluator.Evaluate(early, Xor, classifies: true).Accuracy);
    }

    [Theory]
    [InlineData(0.5, 0.51, 1)]
    [InlineData(0.5, 0.49, 0)]
    [InlineData(0, 0.1, 1)]   // a movie buff watches anything
    [InlineData(3, 2.9, 0)]   // a selective watcher does not
    [InlineData(3, 3, 1)]
    public void S06_watches_the_movie_from_the_threshold_on(double threshold, double x, double expected)
    {
        var network = new Network(OneInput, [1, (float)-threshold]);

        Assert.Equal(expected, network.Predict((float)x)[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-2.5)]
    [InlineData(0)]
    public void S07_the_bias_is_minus_the_threshold_and_equality_fires(float threshold)
    {
        var network = new Network(OneInput, [1, -threshold]);

        Assert.Equal(1, network.Predict(threshold)[0]);
        Assert.Equal(0, network.Predict(MathF.BitDecrement(threshold))[0]);
    }

    // x = −10 … −1, 1 … 10, labelled x > 0, the labels of −3 and 4 wrong.
    private static Samples Line()
    {
        int[] x = [.. Enumerable.Range(-10, 21).Where(v => v != 0)];
        return Samples.WithClasses([.. x.Select(v => (float)v)], 1, [.. x.Select(v => v > 0 != v is -3 or 4 ? 1 : 0)], 1);
    }

    private static (Network Network, StopReason Reason, List<EpochReport> Epochs) Learn(NetworkDefinition net, Samples samples, TrainingOptions options)
    {
        var network = Network.Initialize(net, seed: 0);
        var (reason, history) = Training.Run(network, samples, options);
        return (network, reason, history[1..]);
    }

    // The slide's loop, bias first, until an epoch ends with every row right.
    private static (int Updates, int Epochs) UpdatesAndEpochs((int[] X, int Class)[] rows, int[] expected)
    {
        var w = new int[3];
        int updates = 0, epochs = 0;
        while (rows.Any(r => Sum(r.X) >= 0 != (r.Class == 1)))
        {
            epochs++;
            foreach (var (x, c) in rows)
            {
                if (Sum(x) >= 0 == (c == 1)) continue;
                int sign = c == 1 ? 1 : -1;
                (w[0], w[1], w[2]) = (w[0] + sign, w[1] + sign * x[0], w[2] + sign * x[1]);
                updates++;
            }
        }

        Assert.Equal(expected, w);
        return (updates, epochs);

        int Sum(int[] x) => w[0] + w[1] * x[0] + w[2] * x[1];
    }
}
