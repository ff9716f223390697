namespace NeuralService.Engine.Tests;

/// <summary>Trainings at the same time share the cores; one that is alone has them all.</summary>
public class TrainingCoresTests
{
    private static readonly NetworkDefinition Net = new(4, [new(40, Activation.Tanh), new(3, Activation.Softmax)], Loss.CrossEntropy);

    [Fact]
    public void Each_has_its_part_and_at_least_one()
    {
        var cores = new TrainingCores(5);
        int[] shares = [.. Enumerable.Range(0, 7).Select(_ =>
        {
            cores.Enter();
            return cores.Share;
        })];

        Assert.Equal([5, 2, 1, 1, 1, 1, 1], shares);
        for (int i = 0; i < 6; i++) cores.Leave();
        Assert.Equal(5, cores.Share);
    }

    [Fact]
    public void A_training_beside_another_uses_half_of_the_threads_and_afterwards_all()
    {
        int busiest = 0;
        var cores = new TrainingCores(4) { EachPiece = worker => InterlockedMax(ref busiest, worker) };
        int during = 0, after = 0;

        // The second training runs within a report of the first.
        Run(cores, report =>
        {
            if (report == 1)
            {
                busiest = 0;
                Run(cores, _ => { });
                during = busiest;
                busiest = 0;
            }

            after = cores.Share;
        });

        Assert.InRange(during, 0, 1); // workers 0 and 1
        Assert.Equal(4, after);
        Assert.Equal(4, cores.Share);
    }

    [Fact]
    public void A_training_that_fails_gives_its_cores_back()
    {
        var cores = new TrainingCores(4);
        Assert.Throws<FormatException>(() => Run(cores, _ => throw new FormatException()));

        cores.Enter();
        Assert.Equal(4, cores.Share);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Fewer_than_one_core_is_refused(int count)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingCores(count));

        Assert.StartsWith("A training takes at least one core.", refusal.Message, StringComparison.Ordinal);
    }

    private static void Run(TrainingCores cores, Action<int> report) =>
        new Trainer(
            Network.Initialize(Net, 1), Training.RowsFor(Net, 300, seed: 1).ToSamples(), null, new TrainingOptions { Epochs = 3, BatchSize = 150 }, TimeProvider.System, cores)
            .Run(r => report(r.Epoch), CancellationToken.None);

    private static void InterlockedMax(ref int largest, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref largest)) && Interlocked.CompareExchange(ref largest, value, seen) != seen)
        {
            // Another thread was faster.
        }
    }
}
