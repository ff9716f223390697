namespace NeuralService.Engine.Tests;

/// <summary>The learning rate of each epoch, from a rate of 1 over ten epochs.</summary>
public class ScheduleTests
{
    [Fact]
    public void Constant() => Rates(new() { Type = ScheduleType.Constant }, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);

    [Fact]
    public void Step() => Rates(new() { Type = ScheduleType.Step, EveryEpochs = 3, Factor = 0.5 }, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125);

    [Fact]
    public void Exponential() =>
        Rates(new() { Type = ScheduleType.Exponential, Factor = 0.5 }, 1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125);

    [Fact]
    public void Cosine() => // ½(1 + cos(π·t/10)), t = 0 … 9
        Rates(new() { Type = ScheduleType.Cosine }, 1, 0.9755282581, 0.9045084972, 0.7938926261, 0.6545084972, 0.5, 0.3454915028, 0.2061073739, 0.0954915028, 0.0244717419);

    [Fact]
    public void Cosine_goes_to_its_minimum()
    {
        var schedule = new LearningRateSchedule { Type = ScheduleType.Cosine, Minimum = 0.2 };

        Assert.Equal(0.6, schedule.RateOf(1, 6, 10, 0), 1e-12);
        Assert.Equal(0.2, schedule.RateOf(1, 11, 10, 0), 1e-12); // where the eleventh epoch would begin
    }

    [Fact]
    public void A_warm_up_rises_in_equal_steps_and_the_rule_starts_after_it()
    {
        Rates(new() { WarmupEpochs = 4 }, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1);
        Rates(new() { Type = ScheduleType.Step, EveryEpochs = 2, Factor = 0.5, WarmupEpochs = 4 }, 0.2, 0.4, 0.6, 0.8, 1, 1, 0.5, 0.5, 0.25, 0.25);
        Rates(new() { Type = ScheduleType.Exponential, Factor = 0.5, WarmupEpochs = 7 }, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 0.5, 0.25);
        Rates(new() { Type = ScheduleType.Cosine, WarmupEpochs = 8 }, 1 / 9.0, 2 / 9.0, 3 / 9.0, 4 / 9.0, 5 / 9.0, 6 / 9.0, 7 / 9.0, 8 / 9.0, 1, 0.5);
    }

    [Fact]
    public void A_warm_up_longer_than_the_training_only_rises() => Rates(new() { Type = ScheduleType.Cosine, WarmupEpochs = 19 }, [.. Enumerable.Range(1, 10).Select(e => e / 20.0)]);

    [Fact]
    public void A_plateau_reduces_by_its_factor_but_not_below_the_minimum_and_never_raises_a_rate_that_is_lower()
    {
        var schedule = new LearningRateSchedule { Type = ScheduleType.ReduceOnPlateau, Factor = 0.1, Minimum = 0.005 };

        Assert.Equal([1, 0.1, 0.01, 0.005, 0.005], Enumerable.Range(0, 5).Select(reductions => Math.Round(schedule.RateOf(1, 1, 10, reductions), 12)));
        Assert.Equal(0.001, schedule.RateOf(0.001, 1, 10, 0));
    }

    [Fact]
    public void A_training_whose_loss_stands_still_reduces_after_each_patience()
    {
        // A step unit under squared error has no gradient: the loss never changes. The first epoch counts as an improvement.
        var network = new Network(Training.OneLayer(1, 1, Activation.Step), [1, 0]);
        var (_, history) = Training.Run(network, Samples.WithTargets([1], 1, [0], 1), new TrainingOptions
        {
            Epochs = 8, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 1 },
            Schedule = new() { Type = ScheduleType.ReduceOnPlateau, Monitor = Monitor.TrainingLoss, Patience = 2, Factor = 0.5 },
        });

        Assert.Equal([null, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125], history.Select(e => e.LearningRate));
    }

    [Fact]
    public void A_plateau_during_the_warm_up_is_none()
    {
        var network = new Network(Training.OneLayer(1, 1, Activation.Step), [1, 0]);
        var (_, history) = Training.Run(network, Samples.WithTargets([1], 1, [0], 1), new TrainingOptions
        {
            Epochs = 7, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 1 },
            Schedule = new() { Type = ScheduleType.ReduceOnPlateau, Monitor = Monitor.TrainingLoss, Patience = 1, Factor = 0.5, WarmupEpochs = 3 },
        });

        Assert.Equal([null, 0.25, 0.5, 0.75, 1, 1, 0.5, 0.25], history.Select(e => e.LearningRate));
    }

    private static void Rates(LearningRateSchedule schedule, params double[] expected)
    {
        for (int epoch = 1; epoch <= expected.Length; epoch++) Assert.Equal(expected[epoch - 1], schedule.RateOf(1, epoch, expected.Length, 0), 1e-9);
    }
}
