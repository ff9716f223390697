namespace NeuralService.Engine.Tests;

/// <summary>Counts that the whole process keeps: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(CountedAlone), DisableParallelization = true)]
public sealed class CountedAlone;

/// <summary>A training allocates nothing after its first epoch, and takes little memory besides its data; by the runtime's own counters.</summary>
[Collection(nameof(CountedAlone))]
public class AllocationTests
{
    [Fact]
    public void A_million_batches_allocate_nothing()
    {
        var net = new NetworkDefinition(2, [new(4, Activation.Sigmoid), new(1, Activation.Sigmoid)], Loss.SquaredError);
        var xor = Samples.WithTargets([0, 0, 0, 1, 1, 0, 1, 1], 2, [0, 1, 1, 0], 1);
        var options = new TrainingOptions { Epochs = 1_000_001, BatchSize = null, ExactHistory = false, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 0.5 } };
        long first = 0, last = 0;
        double loss = 0;
        new Trainer(Network.Initialize(net, 1), xor, null, options, TimeProvider.System).Run(
            report =>
            {
                if (report.Epoch == 1) first = GC.GetAllocatedBytesForCurrentThread();
                (last, loss) = (GC.GetAllocatedBytesForCurrentThread(), report.TrainingLoss);
            },
            CancellationToken.None);

        Assert.Equal(0, last - first);
        Assert.InRange(loss, 0, 0.01);
    }

    [Fact]
    public void Nor_do_mini_batches_with_everything_on_two_threads()
    {
        // 4,000 rows in batches of 64 make 63 batches an epoch. One object of 24 bytes in each of the 12,500 batches would be 300,000 bytes.
        var net = new NetworkDefinition(20, [new(64, Activation.Relu, Dropout: 0.1), new(40, Activation.Tanh), new(5, Activation.Softmax)], Loss.CrossEntropy);
        var rows = Training.RowsFor(net, 4000, seed: 1);
        var options = new TrainingOptions { Epochs = 200, BatchSize = 64, L2 = 1e-4, MaxGradientNorm = 5, Classifies = true, Seed = 1 };
        long first = 0, last = 0;
        new Trainer(Network.Initialize(net, 1), rows.ToSamples(), Training.RowsFor(net, 300, seed: 2).ToSamples(), options, TimeProvider.System, new TrainingCores(2)).Run(
            report =>
            {
                if (report.Epoch == 1) first = GC.GetTotalAllocatedBytes(precise: true);
                if (report.Epoch == 200) last = GC.GetTotalAllocatedBytes(precise: true);
            },
            CancellationToken.None);

        Assert.InRange(last - first, 0, 100_000); // the test runner's own
    }

    [Fact]
    public void A_training_takes_less_than_half_of_its_data_besides_parameters_and_moments()
    {
        var net = new NetworkDefinition(250, [new(32, Activation.Relu), new(4, Activation.Softmax)], Loss.CrossEntropy);
        const int Rows = 40_000;
        var data = Samples.WithClasses(new float[Rows * 250], 250, new int[Rows], 4);
        var network = Network.Initialize(net, 1);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        new Trainer(network, data, null, new TrainingOptions { Epochs = 2, BatchSize = 256 }, TimeProvider.System, new TrainingCores(2)).Run(_ => { }, CancellationToken.None);

        long parameters = sizeof(float) * net.ParameterCount;
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Rows * 250 * sizeof(float) / 2 + 6 * parameters);
    }
}
