namespace NeuralService.Engine.Tests;

/// <summary>Every reason for which a training ends, and the weights that it leaves.</summary>
public class StoppingTests
{
    private static readonly NetworkDefinition Line = Training.OneLayer(1, 1, Activation.Linear);

    // One row (1, 0) without bias: ŷ = w, ∂L/∂w = w, so a rate of 1.5 gives w ← −½w and a rate of 2.5 gives w ← −1½w.
    private static readonly NetworkDefinition Slope = new(1, [new(1, Activation.Linear, Bias: false)], Loss.SquaredError);

    [Fact]
    public void All_epochs_are_done()
    {
        var (reason, history) = Training.Run(new Network(Slope, [1, 0]), Zero(), Sgd(1.5) with { Epochs = 3 });

        Assert.Equal(StopReason.Epochs, reason);
        Assert.Equal([0, 1, 2, 3], history.Select(e => e.Epoch));
        Assert.Equal([0.5, 0.125, 0.03125, 0.0078125], history.Select(e => e.TrainingLoss));
        Assert.Equal((null, null), (history[0].LearningRate, history[0].GradientNorm));
        Assert.Equal([1, 0.5, 0.25], history[1..].Select(e => e.GradientNorm)); // of the gradient that made the step
    }

    [Fact]
    public void No_epochs_are_epoch_0_alone()
    {
        var (reason, history) = Training.Run(new Network(Slope, [1, 0]), Zero(), Sgd(1) with { Epochs = 0 });

        Assert.Equal((StopReason.Epochs, 1), (reason, history.Count));
    }

    [Fact]
    public void Early_stopping_waits_for_its_patience_and_brings_back_the_best_weights()
    {
        // The training row pulls w from 0 to 4 (w ← w + 0.5·(4 − w)): 2, 3, 3.5, 3.75 …; the validation row is best served by 3.
        var network = new Network(Slope, [0, 0]);
        var validation = Samples.WithTargets([1], 1, [3], 1);
        var (reason, history) = Training.Run(
            network, Samples.WithTargets([1], 1, [4], 1), Sgd(0.5) with { Epochs = 50, EarlyStopping = new(Monitor.ValidationLoss, Patience: 4) }, validation);

        Assert.Equal(StopReason.EarlyStopping, reason);
        Assert.Equal(6, history[^1].Epoch); // best in epoch 2, then four epochs without an improvement
        Assert.Equal(3, network.Parameters[0]);
        Assert.Equal(0, Evaluator.Evaluate(network, validation, false).Loss);
    }

    [Fact]
    public void Early_stopping_without_restoring_keeps_the_last_weights()
    {
        var network = new Network(Slope, [0, 0]);
        Training.Run(
            network, Samples.WithTargets([1], 1, [4], 1), Sgd(0.5) with { Epochs = 50, EarlyStopping = new(Monitor.ValidationLoss, 4, RestoreBest: false) },
            Samples.WithTargets([1], 1, [3], 1));

        Assert.Equal(3.9375f, network.Parameters[0]);
    }

    [Fact]
    public void The_best_weights_come_back_also_when_all_epochs_are_done()
    {
        var network = new Network(Slope, [0, 0]);
        var (reason, _) = Training.Run(
            network, Samples.WithTargets([1], 1, [4], 1), Sgd(0.5) with { Epochs = 4, EarlyStopping = new(Monitor.ValidationLoss, 10) },
            Samples.WithTargets([1], 1, [3], 1));

        Assert.Equal((StopReason.Epochs, 3f), (reason, network.Parameters[0]));
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(0.2, 4)]
    public void An_improvement_below_minDelta_is_none(double minDelta, int lastEpoch)
    {
        // Losses ½w² with w halved each epoch: 0.125, 0.031, 0.008 …: all that can still be gained after the first is 0.125.
        var (_, history) = Training.Run(
            new Network(Slope, [1, 0]), Zero(), Sgd(0.5) with { Epochs = 50, EarlyStopping = new(Monitor.TrainingLoss, 3, minDelta) });

        Assert.Equal(lastEpoch, history[^1].Epoch);
    }

    [Fact]
    public void Early_stopping_may_watch_the_validation_accuracy_where_more_is_better()
    {
        // A logistic unit pulled from class 1 towards class 0: right about the validation row at first, wrong later.
        var net = Training.OneLayer(1, 1, Activation.Sigmoid, Loss.BinaryCrossEntropy);
        var network = new Network(net, [0.5f, 0]);
        var (reason, history) = Training.Run(
            network, Samples.WithClasses([1], 1, [0], 1),
            Sgd(0.4) with { Epochs = 50, Classifies = true, EarlyStopping = new(Monitor.ValidationAccuracy, 3) }, Samples.WithClasses([1], 1, [1], 1));

        Assert.Equal(StopReason.EarlyStopping, reason);
        Assert.Equal([1.0, 1.0, 0.0, 0.0], history.Select(e => e.ValidationAccuracy!.Value).Take(4).ToArray().Order().Reverse());
        Assert.True(network.Predict(1)[0] >= 0.5f); // the best epoch's weights
    }

    [Fact]
    public void StopWhen_each_of_its_figures()
    {
        Assert.Equal(2, LastEpoch(new() { TrainingLoss = 0.04 })); // 0.125, 0.03125
        Assert.Equal(3, LastEpoch(new() { ValidationLoss = 0.01 }));
        Assert.Equal(2, LastEpoch(new() { TrainingLoss = 0.04, ValidationLoss = 0.01 })); // any of them
        Assert.Equal(10, LastEpoch(new() { TrainingLoss = -1 }));

        static int LastEpoch(StopWhen stop)
        {
            var (reason, history) = Training.Run(new Network(Slope, [1, 0]), Zero(), Sgd(1.5) with { Epochs = 10, StopWhen = stop }, Zero());
            Assert.Equal(history[^1].Epoch < 10 ? StopReason.StopWhen : StopReason.Epochs, reason);
            return history[^1].Epoch;
        }
    }

    [Fact]
    public void StopWhen_accuracy()
    {
        var net = Training.OneLayer(1, 1, Activation.Sigmoid, Loss.BinaryCrossEntropy);
        var rows = Samples.WithClasses([-2, -1, 1, 2], 1, [0, 0, 1, 1], 1);
        var options = Sgd(0.1) with { Epochs = 100, Classifies = true, BatchSize = null };
        foreach (var stop in new StopWhen[] { new() { TrainingAccuracy = 1 }, new() { ValidationAccuracy = 1 } })
        {
            var (reason, history) = Training.Run(new Network(net, [-0.5f, 0]), rows, options with { StopWhen = stop }, rows);

            Assert.Equal(StopReason.StopWhen, reason);
            Assert.Equal(1.0, history[^1].TrainingAccuracy);
            Assert.All(history[..^1], e => Assert.True(e.TrainingAccuracy < 1));
        }
    }

    [Fact]
    public void StopWhen_seconds_by_the_clock_that_is_given()
    {
        var clock = new Clock();
        var epochs = new List<EpochReport>();
        var reason = new Trainer(new Network(Slope, [1, 0]), Zero(), null, Sgd(1.5) with { Epochs = 100, StopWhen = new() { Seconds = 2.5 } }, clock).Run(
            epoch =>
            {
                epochs.Add(epoch);
                clock.Now += TimeSpan.FromSeconds(1);
            }, CancellationToken.None);

        Assert.Equal(StopReason.StopWhen, reason);
        Assert.Equal([0, 1, 2, 3], epochs.Select(e => e.Seconds));
    }

    [Fact]
    public void A_loss_that_runs_away_ends_with_the_epoch()
    {
        var diverged = Assert.Throws<DivergedException>(() => Training.Run(new Network(Slope, [1, 0]), Zero(), Sgd(1e9) with { Epochs = 100 }));

        Assert.InRange(diverged.Epoch, 2, 10);
        Assert.Contains($"epoch {diverged.Epoch}", diverged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    public void No_activation_hides_a_weight_that_is_no_number(Activation activation)
    {
        var net = new NetworkDefinition(1, [new(2, activation), new(1, Activation.Linear)], Loss.SquaredError);
        var network = new Network(net, [float.NaN, 1, 0, 0, 1, 1, 0]);

        Assert.True(float.IsNaN(network.Predict(1)[0]));
        Assert.Equal(0, Assert.Throws<DivergedException>(() => Training.Run(network, Zero(), Sgd(0.1))).Epoch);
    }

    [Fact]
    public void A_relu_that_answers_minus_infinity_with_0_does_not_hide_it()
    {
        var net = new NetworkDefinition(1, [new(1, Activation.Relu), new(1, Activation.Linear)], Loss.SquaredError);
        var network = new Network(net, [float.NegativeInfinity, 0, 1, 0]);

        Assert.Equal(0, Evaluator.Evaluate(network, Zero(), false).Loss);
        Assert.Throws<DivergedException>(() => Training.Run(network, Zero(), Sgd(0.1)));
    }

    [Fact]
    public void A_training_that_diverges_under_l1_says_so()
    {
        // Several batches an epoch, so that the weights are no numbers in the middle of one.
        var rows = Samples.WithTargets([1, 1, 1, 1, 1, 1, 1, 1], 1, [0, 0, 0, 0, 0, 0, 0, 0], 1);

        Assert.Throws<DivergedException>(() => Training.Run(new Network(Slope, [1, 0]), rows, Sgd(1e12) with { BatchSize = 1, L1 = 0.1 }));
    }

    [Fact]
    public void The_last_step_of_a_training_whose_history_is_a_mean_over_batches_is_checked_too()
    {
        // The mean of the epoch's two batches is finite: each is taken before its step, and only the second step leaves the numbers.
        var rows = Samples.WithTargets([1, 1e20f], 1, [0, 0], 1);
        var options = Sgd(1) with { Epochs = 1, BatchSize = 1 };
        var wide = new NetworkDefinition(1, [new(1, Activation.Linear, Bias: false)], Loss.SquaredError);
        var network = new Network(wide, [1.5f, 0]);
        var trainer = new Trainer(network, Samples.WithTargets(rows.Inputs, 1, [0, 0], 1), null, options with { Optimizer = options.Optimizer with { LearningRate = 0.5 } }, TimeProvider.System);

        Assert.Throws<DivergedException>(() => trainer.Run(_ => { }, CancellationToken.None));
    }

    [Fact]
    public void Cancelling_ends_after_the_batch_under_way_without_a_report_of_the_epoch()
    {
        using var stop = new CancellationTokenSource();
        var epochs = new List<int>();
        var network = new Network(Slope, [1, 0]);
        var reason = new Trainer(network, Zero(), null, Sgd(1.5) with { Epochs = 100 }, TimeProvider.System).Run(
            epoch =>
            {
                epochs.Add(epoch.Epoch);
                if (epoch.Epoch == 3) stop.Cancel();
            }, stop.Token);

        Assert.Equal(StopReason.Cancelled, reason);
        Assert.Equal([0, 1, 2, 3], epochs);
        Assert.Equal(-0.125f, network.Parameters[0]); // as after epoch 3
    }

    [Fact]
    public void A_cancelled_training_keeps_the_best_weights_where_it_restores_them()
    {
        using var stop = new CancellationTokenSource();
        var network = new Network(Slope, [0, 0]);
        var options = Sgd(0.5) with { Epochs = 50, EarlyStopping = new(Monitor.ValidationLoss, 40) };
        var reason = new Trainer(network, Samples.WithTargets([1], 1, [4], 1), Samples.WithTargets([1], 1, [3], 1), options, TimeProvider.System).Run(
            epoch =>
            {
                if (epoch.Epoch == 5) stop.Cancel();
            }, stop.Token);

        Assert.Equal((StopReason.Cancelled, 3f), (reason, network.Parameters[0]));
    }

    [Fact]
    public void A_batch_without_rows_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Training.Run(new Network(Line, [1, 0]), Zero(), Sgd(1) with { BatchSize = 0 }));

    private static Samples Zero() => Samples.WithTargets([1], 1, [0], 1);

    private static TrainingOptions Sgd(double rate) => new() { Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = rate } };

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
