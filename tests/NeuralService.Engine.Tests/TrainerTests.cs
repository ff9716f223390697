namespace NeuralService.Engine.Tests;

/// <summary>Batches, order, history, and that the same seed gives the same bits.</summary>
public class TrainerTests
{
    // One weight without bias on rows with x = 1 under sgd: w ← w − η·mean(w − y), easy to follow by hand.
    private static readonly NetworkDefinition Slope = new(1, [new(1, Activation.Linear, Bias: false)], Loss.SquaredError);

    private static readonly NetworkDefinition Classifier =
        new(4, [new(8, Activation.Relu, Dropout: 0.2), new(6, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy);

    [Fact]
    public void One_row_a_step_goes_through_the_rows_in_order_when_not_shuffled()
    {
        // η = ½: each row halves the way to its target: 0 → 4 → 2+4=6 → 3+1=4 …
        var network = new Network(Slope, [0, 0]);
        Training.Run(network, Ones(8, 8, 2), Sgd(0.5) with { BatchSize = 1, Epochs = 1, Shuffle = false });

        Assert.Equal(4, network.Parameters[0]); // 0 → 4 → 6 → 4
    }

    [Fact]
    public void The_last_batch_may_be_smaller_and_counts_by_its_own_rows()
    {
        // Batches (8, 4) and (1): 0 → ½·6 = 3 → 3 − ½·2 = 2.
        var network = new Network(Slope, [0, 0]);
        Training.Run(network, Ones(8, 4, 1), Sgd(0.5) with { BatchSize = 2, Epochs = 1, Shuffle = false });

        Assert.Equal(2, network.Parameters[0]);
    }

    [Fact]
    public void A_full_batch_is_one_step_an_epoch_whatever_the_order()
    {
        float[] results = [.. new[] { true, false }.Select(shuffle =>
        {
            var network = new Network(Slope, [0, 0]);
            Training.Run(network, Ones(8, 4, 0), Sgd(0.5) with { BatchSize = null, Epochs = 1, Shuffle = shuffle });
            return network.Parameters[0];
        })];

        Assert.Equal([2f, 2f], results);
    }

    [Fact]
    public void Shuffled_rows_come_in_the_order_of_seed_and_epoch()
    {
        var network = new Network(Slope, [0, 0]);
        float[] targets = [1, 2, 4, 8, 16, 32, 64, 128];
        Training.Run(network, Ones(targets), Sgd(0.5) with { BatchSize = 1, Epochs = 2, Seed = 9 });

        double w = 0;
        for (uint epoch = 1; epoch <= 2; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, 8)];
            Philox.Shuffle(order, 9, RandomPurpose.Shuffle, 0, epoch);
            foreach (int row in order) w = (w + targets[row]) / 2;
        }

        Assert.Equal(w, network.Parameters[0], 1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(1000)]
    [InlineData(null)]
    public void Every_size_of_batch_learns(int? batchSize)
    {
        var rows = Training.RowsFor(Classifier, 30, seed: 3).ToSamples();
        var (_, history) = Training.Run(Network.Initialize(Classifier, 1), rows, new TrainingOptions { BatchSize = batchSize, Epochs = 60, Classifies = true, Optimizer = new() { LearningRate = 0.02 } });

        Assert.True(history[^1].TrainingLoss < 0.7 * history[0].TrainingLoss, $"{history[0].TrainingLoss} → {history[^1].TrainingLoss}");
    }

    [Fact]
    public void A_small_run_reports_the_loss_of_the_weights_at_the_end_of_each_epoch()
    {
        var network = new Network(Slope, [0, 0]);
        var (_, history) = Training.Run(network, Ones(8, 8, 2), Sgd(0.5) with { BatchSize = 1, Epochs = 1, Shuffle = false });

        Assert.Equal((16 + 16 + 4) / 6.0, history[1].TrainingLoss, 1e-12); // w = 4 against 8, 8, 2
        Assert.True(new Trainer(network, Ones(1), null, new(), TimeProvider.System).HistoryIsExact);
    }

    [Fact]
    public void A_large_run_reports_the_mean_over_its_batches_unless_it_asks_for_the_exact_one()
    {
        // 600,000 rows × 20 parameters are more than 10^7.
        var net = new NetworkDefinition(19, [new(1, Activation.Linear)], Loss.SquaredError);
        var rows = Samples.WithTargets(new float[19 * 600_000], 19, [.. Enumerable.Repeat(1f, 600_000)], 1);
        var options = new TrainingOptions { BatchSize = 300_000, Epochs = 1, Shuffle = false, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 0.5 } };

        var (_, mean) = Training.Run(new Network(net, new float[20]), rows, options);
        var (_, exact) = Training.Run(new Network(net, new float[20]), rows, options with { ExactHistory = true });

        // The bias goes 0 → 0.5 → 0.75: losses ½ and ⅛ before the two steps, 1/32 after both.
        Assert.Equal((0.5 + 0.125) / 2, mean[1].TrainingLoss, 1e-5);
        Assert.Equal(0.03125, exact[1].TrainingLoss, 1e-5);
        Assert.True(new Trainer(new Network(net, new float[20]), rows, null, options with { BatchSize = null }, TimeProvider.System).HistoryIsExact);
    }

    [Fact]
    public void A_batch_of_very_many_rows_keeps_its_digits_and_takes_no_more_memory()
    {
        // 100,000 equal rows have the gradient of one. As one chain of float32 additions it would be off in the fourth digit.
        var net = new NetworkDefinition(1, [new(10, Activation.Tanh), new(1, Activation.Linear)], Loss.SquaredError);
        var many = Ones([.. Enumerable.Repeat(3f, 100_000)]);
        Network one = Network.Initialize(net, 1), all = Network.Initialize(net, 1);
        var options = Sgd(0.01) with { BatchSize = null, Epochs = 1 };
        Training.Run(one, Ones(3), options);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Training.Run(all, many, options);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000); // the activations of all rows at once would take 12 MB
        for (int i = 0; i < one.Parameters.Length; i++) Assert.Equal(one.Parameters[i], all.Parameters[i], 2e-6);
    }

    [Fact]
    public void A_batch_taken_in_parts_is_still_one_batch()
    {
        // 2500 different rows with weights: the twin knows nothing of parts.
        var net = new NetworkDefinition(3, [new(5, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy);
        var rows = Training.RowsFor(net, 2500, seed: 2);
        rows = rows with { Weights = [.. rows.Y.Select((y, i) => 1 + (i % 3) / 2.0)] };
        var options = Sgd(0.5) with { BatchSize = null, Epochs = 3, Shuffle = false, MaxGradientNorm = 0.2 };
        var network = Network.Initialize(net, 1);
        var twin = ScalarTwin.Of(network);
        var losses = new TwinTraining(net, twin, rows, options).Run();

        var (_, history) = Training.Run(network, rows.ToSamples(), options);

        for (int epoch = 0; epoch <= 3; epoch++) Assert.Equal(losses[epoch], history[epoch].TrainingLoss, 1e-6);
        for (int i = 0; i < twin.Parameters.Length; i++) Assert.Equal(twin.Parameters[i], network.Parameters[i], 1e-5);
    }

    [Fact]
    public void The_reported_loss_leaves_regularisation_and_row_weights_out()
    {
        var network = new Network(Slope, [3, 0]);
        var rows = Samples.WithTargets([1, 1], 1, [1, 2], 1, weights: [100, 0]);
        var (_, history) = Training.Run(network, rows, Sgd(0) with { L1 = 1, L2 = 1, Epochs = 1 });

        Assert.Equal([1.25, 1.25], history.Select(e => e.TrainingLoss)); // (4 + 1)/4
        Assert.Equal(3 + 4.5, Evaluator.RegularizationLoss(network, 1, 1));
    }

    [Fact]
    public void A_row_of_weight_0_teaches_nothing_and_one_of_weight_2_twice()
    {
        float[] results = [.. new float[]?[] { [2, 0], [1, 1], null }.Select(weights =>
        {
            var network = new Network(Slope, [0, 0]);
            Training.Run(network, Samples.WithTargets([1, 1], 1, [8, 4], 1, weights), Sgd(0.5) with { BatchSize = null, Epochs = 1 });
            return network.Parameters[0];
        })];

        Assert.Equal([4f, 3f, 3f], results);
    }

    [Fact]
    public void A_gradient_longer_than_its_largest_norm_is_shortened_and_reported_as_it_was()
    {
        var network = new Network(Slope, [0, 0]);
        var (_, history) = Training.Run(network, Ones(10), Sgd(1) with { MaxGradientNorm = 2, Epochs = 2 });

        Assert.Equal(4, network.Parameters[0], 1e-6); // two steps of length 2
        Assert.Equal([10, 8], history[1..].Select(e => Math.Round(e.GradientNorm!.Value, 5)));
    }

    [Fact]
    public void Validation_is_measured_and_not_learned_from()
    {
        var validation = Ones(100);
        var alone = new Network(Slope, [0, 0]);
        var watched = new Network(Slope, [0, 0]);
        Training.Run(alone, Ones(1, 2), Sgd(0.1) with { Epochs = 5 });
        var (_, history) = Training.Run(watched, Ones(1, 2), Sgd(0.1) with { Epochs = 5 }, validation);

        Assert.Equal(alone.Parameters, watched.Parameters);
        Assert.Equal(5000, history[0].ValidationLoss);
        Assert.All(history, e => Assert.Null(e.ValidationAccuracy)); // a regression
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        var (one, history) = TrainClassifier(seed: 4);
        var (again, repeated) = TrainClassifier(seed: 4);
        var (other, _) = TrainClassifier(seed: 5);

        Assert.Equal(one.WeightsSha256(), again.WeightsSha256());
        Assert.Equal(history.Select(e => e with { Seconds = 0 }), repeated.Select(e => e with { Seconds = 0 }));
        Assert.NotEqual(one.WeightsSha256(), other.WeightsSha256());
        Assert.All(one.Parameters, p => Assert.True(float.IsFinite(p)));
        Assert.True(history[^1].TrainingLoss < 0.8 * history[0].TrainingLoss);
    }

    [Fact]
    public void A_report_changes_nothing()
    {
        // With and without validation rows and an exact history the weights have the same bits.
        var (plain, _) = TrainClassifier(seed: 4);
        var watched = Network.Initialize(Classifier, 4);
        var rows = Training.RowsFor(Classifier, 30, seed: 3).ToSamples();
        Training.Run(watched, rows, ClassifierOptions(4) with { ExactHistory = true }, rows);

        Assert.Equal(plain.WeightsSha256(), watched.WeightsSha256());
    }

    [Fact]
    public void A_layer_without_bias_keeps_its_biases_at_0()
    {
        var net = new NetworkDefinition(4, [new(6, Activation.Tanh, Bias: false), new(3, Activation.Softmax)], Loss.CrossEntropy);
        var network = Network.Initialize(net, 1);
        Training.Run(network, Training.RowsFor(net, 30, 3).ToSamples(), new TrainingOptions { Epochs = 5, Optimizer = new() { Type = OptimizerType.AdamW, WeightDecay = 0.1 } });

        Assert.All(network.Biases(0).ToArray(), b => Assert.Equal(0, b));
        Assert.Contains(network.Biases(1).ToArray(), b => b != 0);
    }

    [Fact]
    public void Rows_whose_numbers_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => Samples.WithTargets([1, 2, 3], 2, [1, 2], 1));

    private static (Network Network, List<EpochReport> History) TrainClassifier(ulong seed)
    {
        var network = Network.Initialize(Classifier, seed);
        var (_, history) = Training.Run(network, Training.RowsFor(Classifier, 30, seed: 3).ToSamples(), ClassifierOptions(seed));
        return (network, history);
    }

    private static TrainingOptions ClassifierOptions(ulong seed) =>
        new() { Epochs = 40, BatchSize = 7, Seed = seed, Classifies = true, Optimizer = new() { LearningRate = 0.02 } };

    private static Samples Ones(params float[] targets) => Samples.WithTargets([.. targets.Select(_ => 1f)], 1, targets, 1);

    private static TrainingOptions Sgd(double rate) => new() { Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = rate } };
}
