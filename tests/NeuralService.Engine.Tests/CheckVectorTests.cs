namespace NeuralService.Engine.Tests;

/// <summary>Numbers measured with PyTorch in float64: three steps from w = 1 with the gradients 0.1, −0.2, 0.3, and a network of 2-3-2 by autograd.</summary>
public class CheckVectorTests
{
    public static TheoryData<string, double[]> Steps => new()
    {
        { "sgd", [0.99, 1.01, 0.98] },
        { "sgd weightDecay", [0.989, 1.008011, 0.977002989] },
        { "momentum", [0.99, 1.001, 0.9809] },
        { "nesterov", [0.981, 1.0109, 0.96281] },
        { "rmsProp", [0.900000100000, 0.989532356127, 0.909181928247] },
        { "rmsProp momentum", [0.900000100000, 0.899532446127, 0.818761129761] },
        { "rmsProp centered", [0.899496319484, 0.989120231006, 0.908654263338] },
        { "adam", [0.900000010000, 0.936610360388, 0.902286253948] },
        { "adamW", [0.899000010000, 0.934711360378, 0.899452542577] },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void Three_steps_of_each_optimizer(string name, double[] expected)
    {
        var settings = Settings(name);
        float[] w = [1];
        double[] v = [1];
        var optimizer = new Optimizer(settings, 1);
        var twin = new TwinOptimizer(settings);
        double[] gradients = [0.1, -0.2, 0.3];
        for (int t = 0; t < 3; t++)
        {
            Step(optimizer, w, (float)gradients[t], settings.LearningRate);
            twin.Step(v, [gradients[t]], settings.LearningRate);
            Assert.Equal(expected[t], w[0], 1e-6);
            Assert.Equal(expected[t], v[0], 1e-12 + 5e-13);
        }
    }

    [Fact]
    public void Momentum_holds_gradients_not_steps_so_a_smaller_learning_rate_acts_at_once()
    {
        // Rates 0.1, 0.1, 0.01. Where the momentum holds steps (Keras), the third weight would be 1.0079.
        var optimizer = new Optimizer(Settings("momentum"), 1);
        float[] w = [1];
        Step(optimizer, w, 0.1f, 0.1);
        Step(optimizer, w, -0.2f, 0.1);
        Step(optimizer, w, 0.3f, 0.01);

        Assert.Equal(0.99899, w[0], 1e-6);
    }

    [Fact]
    public void Weight_decay_reaches_biases_too()
    {
        // One linear neuron whose gradient is 0 (ŷ = y): what is left is the decay, w ← w − η·λ·w on the weight and the bias alike.
        var network = new Network(Training.OneLayer(1, 1, Activation.Linear), [2, 4]);
        Training.Run(network, Samples.WithTargets([1], 1, [6], 1), new TrainingOptions
        {
            Epochs = 1, Optimizer = new() { Type = OptimizerType.AdamW, LearningRate = 0.1, WeightDecay = 0.5 },
        });

        Assert.Equal([1.9, 3.8], network.Parameters.Select(p => Math.Round(p, 6)));
    }

    private static readonly NetworkDefinition Fixture = new(2, [new(3, Activation.Tanh), new(2, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly LayerParameters[] FixtureParameters =
    [
        new([[0.1, -0.2], [0.4, 0.3], [-0.5, 0.6]], [0.01, -0.02, 0.03]),
        new([[0.7, -0.8, 0.9], [-0.3, 0.2, 0.1]], [0.05, -0.05]),
    ];

    private static readonly double[][] FixtureGradients =
    [
        [0.2271172512, -0.6813517537, -0.2399256373, 0.719776912, 0.07174959398, -0.2152487819], [0.454234502476, -0.479851274637, 0.143499187962],
        [0.1780236946, -0.1359488971, -0.4164558447, -0.1780236946, 0.1359488971, 0.4164558447], [0.515690780268, -0.515690780268],
    ];

    [Fact]
    public void The_2_3_2_network_in_double()
    {
        var trace = Trace.Of(Fixture, FixtureParameters, [0.5, -1.5], [0, 1]);

        Close([0.36, -0.27, -1.12], trace.Layers[0].Z, 1e-9);
        Close([0.345214034136, -0.263624835472, -0.807568916579], trace.Layers[0].A, 1e-9);
        Close([-0.224262332648, -0.287046068993], trace.Layers[1].Z, 1e-9);
        Close([0.515690780268, 0.484309219732], trace.Output, 1e-9);
        Assert.Equal(0.725031692521424, trace.Loss, 1e-9);
        Close([0.515690780268, -0.515690780268], trace.Layers[1].Delta, 1e-9);
        Close([0.454234502476, -0.479851274637, 0.143499187962], trace.Layers[0].Delta, 1e-9);
        for (int l = 0; l < 2; l++)
        {
            Close(FixtureGradients[2 * l], [.. trace.Layers[l].WeightGradients.SelectMany(w => w)], 1e-9);
            Close(FixtureGradients[2 * l + 1], trace.Layers[l].BiasGradients, 1e-9);
        }
    }

    [Fact]
    public void The_2_3_2_network_as_it_is_trained_in_float32()
    {
        var network = new Network(Fixture, [.. FixtureParameters.SelectMany(l => l.Weights.SelectMany(w => w).Concat(l.Biases)).Select(p => (float)p)]);
        var samples = Samples.WithClasses([0.5f, -1.5f], 2, [1], 2);

        Close([0.515690780268, 0.484309219732], [.. network.Predict(0.5f, -1.5f).Select(p => (double)p)], 1e-6);
        Assert.Equal(0.725031692521424, Evaluator.Evaluate(network, samples, classifies: true).Loss, 1e-6);
        Close([.. FixtureGradients.SelectMany(g => g)], [.. network.Gradient(samples).Select(g => (double)g)], 1e-6);
    }

    private static void Step(Optimizer optimizer, float[] w, float gradient, double learningRate)
    {
        optimizer.Begin(learningRate);
        optimizer.Apply(w, [gradient], 0);
    }

    private static OptimizerSettings Settings(string name) => name switch
    {
        "sgd" => new() { Type = OptimizerType.Sgd, LearningRate = 0.1 },
        "sgd weightDecay" => new() { Type = OptimizerType.Sgd, LearningRate = 0.1, WeightDecay = 0.01 },
        "momentum" => new() { Type = OptimizerType.Sgd, LearningRate = 0.1, Momentum = 0.9 },
        "nesterov" => new() { Type = OptimizerType.Sgd, LearningRate = 0.1, Momentum = 0.9, Nesterov = true },
        "rmsProp" => new() { Type = OptimizerType.RmsProp, LearningRate = 0.01 },
        "rmsProp momentum" => new() { Type = OptimizerType.RmsProp, LearningRate = 0.01, Momentum = 0.9 },
        "rmsProp centered" => new() { Type = OptimizerType.RmsProp, LearningRate = 0.01, Centered = true },
        "adam" => new() { Type = OptimizerType.Adam, LearningRate = 0.1 },
        _ => new() { Type = OptimizerType.AdamW, LearningRate = 0.1, WeightDecay = 0.01 },
    };

    private static void Close(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }
}
