namespace NeuralService.Engine.Tests.Lecture;

/// <summary>
/// Rows S14 to S26: the points (0.5, 0.2) and (2.5, 0.9) and one sigmoid neuron ŷ = σ(w·x + b). The slide's loss is ½ Σ (ŷ − y)², the engine's 1/(2m) Σ (ŷ − y)²
/// with m = 2: half of it. So a learning rate of 2 walks the slide's path of rate 1, and twice the engine's loss is the slide's.
/// </summary>
public class TwoPointTests
{
    private static readonly NetworkDefinition Neuron = Training.OneLayer(1, 1, Activation.Sigmoid);
    private static readonly double[][] X = [[0.5], [2.5]], Y = [[0.2], [0.9]];
    private static readonly Samples Points = Samples.WithTargets([0.5f, 2.5f], 1, [0.2f, 0.9f], 1);

    [Fact]
    public void S14_the_loss_at_one_half_and_0()
    {
        LayerParameters[] parameters = [new([[0.5]], [0])];

        Assert.Equal(0.0731135709, SlideLoss(0.5, 0), 1e-10);
        Assert.Equal(0.562176501, Trace.Of(Neuron, parameters, X[0], Y[0]).Output[0], 1e-9);
        Assert.Equal(0.777299861, Trace.Of(Neuron, parameters, X[1], Y[1]).Output[0], 1e-9);
    }

    [Fact]
    public void S15_the_square_is_of_the_whole_difference_not_of_the_output_alone()
    {
        double f1 = 0.562176501, f2 = 0.777299861;
        double asPrinted = 0.5 * (Math.Pow(0.2 - f1, 2) + (0.9 - f2 * f2));

        Assert.Equal(0.2134883719, asPrinted, 1e-8);
        Assert.Equal(0.0731135709, SlideLoss(0.5, 0), 1e-10);
    }

    // The table's w and b have two digits: the printed losses are reached within 3e-4, the recomputed ones exactly.
    [Theory]
    [InlineData(-0.1, 0, 0.1481324325, 0.1481)]
    [InlineData(0.94, -0.94, 0.0216720755, 0.0214)]
    [InlineData(1.42, -1.73, 0.0028917966, 0.0028)]
    [InlineData(1.65, -2.08, 0.0003443775, 0.0003)]
    [InlineData(1.78, -2.27, 0.0000017273, 0.0000)]
    public void S16_S17_S18_S19_the_table_of_guesses(double w, double b, double expected, double printed)
    {
        Assert.Equal(expected, SlideLoss(w, b), 1e-10);
        Assert.Equal(printed, SlideLoss(w, b), 3e-4);
    }

    [Fact]
    public void S20_two_digits_of_w_and_b_cannot_give_the_printed_losses_by_rounding_but_by_cutting()
    {
        // If 0.94 and −0.94 were rounded, the loss is nowhere near 0.0214; if cut, it may be.
        var (lowest, highest) = Range(0.935, 0.945, -0.945, -0.935);
        Assert.True(lowest > 0.02145 - 1e-6 && highest < 0.021896 + 1e-6);
        (lowest, highest) = Range(0.94, 0.95, -0.95, -0.94);
        Assert.True(lowest < 0.0214 + 1e-4 && highest < 0.021672 + 1e-6);

        // The same with 1.42, −1.73 and 0.0028.
        (lowest, highest) = Range(1.415, 1.425, -1.735, -1.725);
        Assert.True(lowest > 0.002825 - 1e-6 && highest < 0.002960 + 1e-6);
        (lowest, highest) = Range(1.42, 1.43, -1.74, -1.73);
        Assert.True(lowest < 0.0028 && highest < 0.002892 + 1e-6);
    }

    [Fact]
    public void S21_the_exact_minimum() => Assert.InRange(SlideLoss(1.791759469228055, -2.282174095733918), 0, 1e-30);

    [Fact]
    public void S22_the_gradient_and_the_part_of_each_point()
    {
        LayerParameters[] parameters = [new([[0.5]], [0])];
        var first = Trace.Of(Neuron, parameters, X[0], Y[0]).Layers[0];
        var second = Trace.Of(Neuron, parameters, X[1], Y[1]).Layers[0];

        Assert.Equal(0.0445719904, first.WeightGradients[0][0], 1e-10);
        Assert.Equal(0.0891439808, first.BiasGradients[0], 1e-10);
        Assert.Equal(-0.0530999535, second.WeightGradients[0][0], 1e-10);
        Assert.Equal(-0.0212399814, second.BiasGradients[0], 1e-10);
        Assert.Equal(-0.0085279631, first.WeightGradients[0][0] + second.WeightGradients[0][0], 1e-10);
        Assert.Equal(0.0679039994, first.BiasGradients[0] + second.BiasGradients[0], 1e-10);
        Assert.Equal(-0.0085279631, (SlideLoss(0.5 + 1e-5, 0) - SlideLoss(0.5 - 1e-5, 0)) / 2e-5, 1e-10);
        Assert.Equal(0.0679039994, (SlideLoss(0.5, 1e-5) - SlideLoss(0.5, -1e-5)) / 2e-5, 1e-10);

        // The engine's gradient is that of 1/(2m): half of the slide's.
        float[] engine = new Network(Neuron, [0.5f, 0]).Gradient(Points);
        Assert.Equal(-0.0085279631 / 2, engine[0], 1e-7);
        Assert.Equal(0.0679039994 / 2, engine[1], 1e-7);
    }

    [Fact]
    public void S23_batch_gradient_descent_with_the_slides_rate_of_1()
    {
        var path = Walk(learningRate: 2, epochs: 1000);

        Near(path[1], 0.5085279631, -0.0679039994, 0.0685789795);
        Near(path[10], 0.7070697646, -0.5299655258, 0.0405615315);
        Near(path[100], 1.5368428266, -1.9062724168, 0.0012530578);
        Near(path[1000], 1.7917411046, -2.2821481407, 0);
        Assert.Equal(201, path.FindIndex(step => step.Loss < 1e-4));
    }

    [Fact]
    public void S24_batch_gradient_descent_with_the_slides_rate_of_one_tenth()
    {
        var path = Walk(learningRate: 0.2, epochs: 2100);

        Near(path[1], 0.5008527963, -0.0067903999, 0.0726466619);
        Assert.Equal(2027, path.FindIndex(step => step.Loss < 1e-4));
    }

    [Fact]
    public void S25_the_error_surface_gives_the_losses_of_the_table_at_its_points()
    {
        LayerParameters[] parameters = [new([[0]], [0])];
        double[] w = [0.5, -0.1, 0.94, 1.42, 1.65, 1.78], b = [0, -0.94, -1.73, -2.08, -2.27];

        double[][] surface = ErrorSurface.Compute(
            Neuron, parameters, X, Y, new SurfaceAxis(0, 0, 0, w), new SurfaceAxis(0, 0, null, b), CancellationToken.None);

        double[] diagonal = [surface[0][0], surface[1][0], surface[2][1], surface[3][2], surface[4][3], surface[5][4]];
        double[] expected = [0.0731135709, 0.1481324325, 0.0216720755, 0.0028917966, 0.0003443775, 0.0000017273];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], 2 * diagonal[i], 1e-10);
        Assert.Equal((6, 5), (surface.Length, surface[0].Length));
        Assert.Equal((0.0, 0.0), (parameters[0].Weights[0][0], parameters[0].Biases[0])); // put back
    }

    [Fact]
    public void S26_no_direction_falls_more_steeply_than_against_the_gradient()
    {
        double dw = -0.0085279631, db = 0.0679039994, norm = Math.Sqrt(dw * dw + db * db), h = 1e-4;
        double against = (SlideLoss(0.5 - h * dw / norm, -h * db / norm) - SlideLoss(0.5, 0)) / h;

        Assert.Equal(-norm, against, 1e-5); // cos 180° = −1
        for (int degrees = 0; degrees < 360; degrees += 5)
        {
            double angle = degrees * Math.PI / 180;
            Assert.True((SlideLoss(0.5 + h * Math.Cos(angle), h * Math.Sin(angle)) - SlideLoss(0.5, 0)) / h >= against - 1e-9);
        }
    }

    private static double SlideLoss(double w, double b) => 2 * Trace.MeanLoss(Neuron, [new([[w]], [b])], X, Y);

    private static (double Lowest, double Highest) Range(double w0, double w1, double b0, double b1)
    {
        var losses = from w in Steps(w0, w1) from b in Steps(b0, b1) select SlideLoss(w, b);
        return (losses.Min(), losses.Max());

        static IEnumerable<double> Steps(double from, double to) => Enumerable.Range(0, 11).Select(i => from + (to - from) * i / 10);
    }

    // Weights after each epoch, and twice the reported loss.
    private static List<(double W, double B, double Loss)> Walk(double learningRate, int epochs)
    {
        var network = new Network(Neuron, [0.5f, 0]);
        var path = new List<(double, double, double)>();
        var trainer = new Trainer(network, Points, null, new TrainingOptions
        {
            Epochs = epochs, BatchSize = null, Shuffle = false, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = learningRate },
        }, TimeProvider.System);
        trainer.Run(report =>
        {
            trainer.UpdateNetwork();
            path.Add((network.Parameters[0], network.Parameters[1], 2 * report.TrainingLoss));
        }, CancellationToken.None);
        return path;
    }

    private static void Near((double W, double B, double Loss) step, double w, double b, double loss)
    {
        Assert.Equal(w, step.W, 1e-5);
        Assert.Equal(b, step.B, 1e-5);
        Assert.Equal(loss, step.Loss, 1e-6);
    }
}
