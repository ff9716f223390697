namespace NeuralService.Engine.Tests;

/// <summary>
/// A training allocates nothing after its first epoch, and takes little memory besides its data. The runtime counts the bytes of each thread, so that tests
/// beside these do not disturb.
/// </summary>
public class AllocationTests
{
    [Fact]
    public void A_million_batches_allocate_nothing()
    {
        var net = new NetworkDefinition(2, [new(4, Activation.Sigmoid), new(1, Activation.Sigmoid)], Loss.SquaredError);
        var xor = Samples.WithTargets([0, 0, 0, 1, 1, 0, 1, 1], 2, [0, 1, 1, 0], 1);
        var options = new TrainingOptions { Epochs = 1_000_001, BatchSize = null, Optimizer = new() { Type = OptimizerType.Sgd, LearningRate = 0.5 } };
        long first = 0, last = 0;
        double loss = 0;
        new Trainer(Network.Initialize(net, 1), xor, null, options, TimeProvider.System).Run(
            report =>
            {
                last = GC.GetAllocatedBytesForCurrentThread();
                if (report.Epoch == 1) first = last;
                loss = report.TrainingLoss;
            },
            CancellationToken.None);

        Assert.Equal(0, last - first);
        Assert.InRange(loss, 0, 0.001);
    }

    [Fact]
    public void Nor_do_batches_with_every_option_on_two_threads()
    {
        const int Epochs = 100, Threads = 2;
        var net = new NetworkDefinition(20, [new(64, Activation.Relu, Dropout: 0.1), new(40, Activation.Tanh), new(5, Activation.Softmax)], Loss.CrossEntropy);
        var options = new TrainingOptions
        {
            Epochs = Epochs, BatchSize = 64, L1 = 1e-5, L2 = 1e-4, MaxGradientNorm = 5, Classifies = true, Seed = 1,
            Schedule = new() { Type = ScheduleType.ReduceOnPlateau }, EarlyStopping = new(Monitor.ValidationLoss, Epochs), StopWhen = new() { TrainingLoss = 0 },
        };
        var meeting = new Meeting(Threads) { IsOpen = true };
        long[] bytes = new long[Threads], early = new long[Threads];
        var cores = new TrainingCores(Threads)
        {
            EachPiece = worker =>
            {
                meeting.Take(worker);
                bytes[worker] = GC.GetAllocatedBytesForCurrentThread();
            },
        };
        int epochs = 0;
        new Trainer(Network.Initialize(net, 1), Training.RowsFor(net, 1000, seed: 1).ToSamples(), Training.RowsFor(net, 300, seed: 2).ToSamples(), options, TimeProvider.System, cores).Run(
            report =>
            {
                bytes[0] = GC.GetAllocatedBytesForCurrentThread();
                if (report.Epoch == 1) bytes.CopyTo(early, 0);
                epochs = report.Epoch;
            },
            CancellationToken.None);

        Assert.Equal(early, bytes);
        Assert.Equal(Epochs, epochs);
        Assert.All(meeting.Pieces, pieces => Assert.InRange(pieces, 1, long.MaxValue));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(256)]
    public void A_training_takes_less_than_half_of_its_data_besides_parameters_and_moments(int? batchSize)
    {
        const int Rows = 40_000, Inputs = 250;
        var net = new NetworkDefinition(Inputs, [new(32, Activation.Relu), new(4, Activation.Softmax)], Loss.CrossEntropy);
        var data = Samples.WithClasses(new float[Rows * Inputs], Inputs, new int[Rows], 4);
        var network = Network.Initialize(net, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var trainer = new Trainer(network, data, null, new TrainingOptions { Epochs = 1, BatchSize = batchSize }, TimeProvider.System);
        trainer.Run(_ => { }, CancellationToken.None);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, sizeof(float) * (Rows * Inputs / 2 + 6 * net.ParameterCount));
    }
}
