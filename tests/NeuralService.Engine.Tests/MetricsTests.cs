namespace NeuralService.Engine.Tests;

/// <summary>What a network is worth, and the trivial model beside it, by numbers that a calculator gives.</summary>
public class MetricsTests
{
    private static readonly NetworkDefinition Line = Training.OneLayer(1, 1, Activation.Linear);

    [Fact]
    public void A_regression_has_rmse_mae_and_r2()
    {
        // ŷ = 2x on (1, 3), (2, 4), (3, 5): errors −1, 0, 1; mean y = 4, Σ(y − 4)² = 2.
        var metrics = Evaluator.Evaluate(new Network(Line, [2, 0]), Samples.WithTargets([1, 2, 3], 1, [3, 4, 5], 1), classifies: false);

        Assert.Equal(3, metrics.Rows);
        Assert.Equal(2 / 6.0, metrics.Loss, 1e-12);
        Assert.Null(metrics.Accuracy);
        Assert.Equal(Math.Sqrt(2 / 3.0), metrics.Rmse!.Value, 1e-12);
        Assert.Equal(2 / 3.0, metrics.Mae!.Value, 1e-12);
        Assert.Equal(1 - 2 / 2.0, metrics.R2!.Value, 1e-12);
    }

    [Fact]
    public void Errors_are_in_the_targets_own_unit_and_the_loss_in_the_networks()
    {
        // One unit of the output is 10 of the target's.
        var metrics = Evaluator.Evaluate(new Network(Line, [2, 0]), Samples.WithTargets([1, 2, 3], 1, [3, 4, 5], 1), false, targetScales: [10]);

        Assert.Equal(2 / 6.0, metrics.Loss, 1e-12);
        Assert.Equal(10 * Math.Sqrt(2 / 3.0), metrics.Rmse!.Value, 1e-12);
        Assert.Equal(20 / 3.0, metrics.Mae!.Value, 1e-12);
        Assert.Equal(0, metrics.R2!.Value, 1e-12);
    }

    [Fact]
    public void R2_of_several_targets_is_the_mean_of_theirs()
    {
        // First target: ŷ = x, exact. Second: ŷ = 0 against −1, 0, 1: R² = 0.
        var net = Training.OneLayer(1, 2, Activation.Linear);
        var metrics = Evaluator.Evaluate(new Network(net, [1, 0, 0, 0]), Samples.WithTargets([1, 2, 3], 1, [1, -1, 2, 0, 3, 1], 2), false);

        Assert.Equal(0.5, metrics.R2!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(2 / 6.0), metrics.Rmse!.Value, 1e-12);
    }

    [Fact]
    public void A_target_that_does_not_vary_has_no_r2() =>
        Assert.Null(Evaluator.Evaluate(new Network(Line, [1, 0]), Samples.WithTargets([1, 2], 1, [7, 7], 1), false).R2);

    [Fact]
    public void R2_of_large_numbers_that_vary_little_keeps_its_digits()
    {
        // y = 1,000,000 ± 1; naive sums of squares would lose it in double no less than in float.
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? 1f : -1f)], y = [.. x.Select(v => 1_000_000 + v)];

        Assert.Equal(0.75, Evaluator.Evaluate(new Network(Line, [0.5f, 1_000_000]), Samples.WithTargets(x, 1, y, 1), false).R2!.Value, 1e-9);
    }

    [Fact]
    public void The_accuracy_of_a_softmax_is_the_share_whose_largest_output_is_the_class()
    {
        // Logits (x, 0, −x): class 0 for x > 0, class 2 for x < 0; equal ones go to the first.
        var network = new Network(Training.OneLayer(1, 3, Activation.Softmax, Loss.CrossEntropy), [1, 0, -1, 0, 0, 0]);

        Assert.Equal(0.75, Evaluator.Evaluate(network, Samples.WithClasses([5, -5, 0, 3], 1, [0, 2, 0, 1], 3), classifies: true).Accuracy);
    }

    [Fact]
    public void A_row_of_several_labels_is_right_when_all_of_them_are()
    {
        var network = new Network(Training.OneLayer(1, 2, Activation.Sigmoid, Loss.BinaryCrossEntropy), [1, -1, 0, 0]);

        // x = 2 answers (1, 0).
        Assert.Equal(1 / 3.0, Evaluator.Evaluate(network, Samples.WithTargets([2, 2, 2], 1, [1, 0, 1, 1, 0, 0], 2), true).Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void More_rows_than_a_block_are_measured_like_fewer()
    {
        // 1000 rows in blocks of 256, the last one smaller.
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i / 100f)];
        var metrics = Evaluator.Evaluate(new Network(Line, [1, 0]), Samples.WithTargets(x, 1, [.. x.Select(v => v + 1)], 1), false);

        Assert.Equal(0.5, metrics.Loss, 1e-6);
        Assert.Equal(1, metrics.Mae!.Value, 1e-6);
    }

    [Fact]
    public void The_baseline_of_a_regression_is_the_mean_of_the_training_rows()
    {
        var training = Samples.WithTargets([0, 0], 1, [2, 4], 1);
        var measured = Samples.WithTargets([0, 0, 0], 1, [3, 3, 6], 1);
        var metrics = Evaluator.Baseline(Loss.SquaredError, Line.Output, training, measured, classifies: false);

        Assert.Equal(9 / 6.0, metrics.Loss, 1e-12);
        Assert.Equal(Math.Sqrt(3), metrics.Rmse!.Value, 1e-12);
        Assert.Equal(1, metrics.Mae!.Value, 1e-12);
        Assert.Equal(1 - 9 / 6.0, metrics.R2!.Value, 1e-12); // mean 4, spread 6
        Assert.Equal(0, Evaluator.Baseline(Loss.SquaredError, Line.Output, training, training, false).R2!.Value, 1e-12);
    }

    [Fact]
    public void The_baseline_of_classes_is_the_largest_class_and_its_loss_that_of_the_shares()
    {
        var output = new LayerDefinition(3, Activation.Softmax);
        var training = Samples.WithClasses(new float[4], 1, [0, 1, 1, 2], 3);
        var metrics = Evaluator.Baseline(Loss.CrossEntropy, output, training, training, classifies: true);

        Assert.Equal(0.5, metrics.Accuracy);
        Assert.Equal((2 * Math.Log(4) + 2 * Math.Log(2)) / 4, metrics.Loss, 1e-7);
        var unknown = Samples.WithClasses(new float[1], 1, [2], 3);
        Assert.Equal(double.PositiveInfinity, Evaluator.Baseline(Loss.CrossEntropy, output, Samples.WithClasses(new float[2], 1, [0, 1], 3), unknown, true).Loss);
    }

    [Fact]
    public void The_baseline_of_one_sigmoid_or_one_step()
    {
        var rows = Samples.WithClasses(new float[4], 1, [1, 1, 1, 0], 1);
        var sigmoid = Evaluator.Baseline(Loss.BinaryCrossEntropy, new(1, Activation.Sigmoid), rows, rows, classifies: true);
        var step = Evaluator.Baseline(Loss.Perceptron, new(1, Activation.Step), rows, rows, classifies: true);

        Assert.Equal(0.75, sigmoid.Accuracy);
        Assert.Equal(-(0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25)), sigmoid.Loss, 1e-12);
        Assert.Equal((0.75, 0.25), (step.Accuracy, step.Loss));
    }

    [Fact]
    public void A_baseline_that_is_sure_of_the_only_class_there_is_has_loss_0()
    {
        var rows = Samples.WithClasses(new float[2], 1, [1, 1], 1);

        Assert.Equal(0, Evaluator.Baseline(Loss.BinaryCrossEntropy, new(1, Activation.Sigmoid), rows, rows, true).Loss);
    }

    [Fact]
    public void The_regularisation_is_over_weights_and_not_over_biases() =>
        Assert.Equal(0.1 * (3 + 2) + 0.5 * 0.2 * (9 + 4), Evaluator.RegularizationLoss(new Network(Training.OneLayer(2, 1, Activation.Linear), [3, -2, 100]), 0.1, 0.2), 1e-12);
}
