namespace NeuralService.Engine.Tests;

/// <summary>Rows that are read block by block teach what the same rows in memory teach, to the bit.</summary>
public class StreamingTests
{
    private const int Inputs = 3, Classes = 3;

    private static readonly NetworkDefinition Classifier =
        new(Inputs, [new(8, Activation.Relu, Dropout: 0.2), new(5, Activation.Tanh), new(Classes, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly NetworkDefinition Regression = new(Inputs, [new(6, Activation.Sigmoid), new(2, Activation.Linear)], Loss.SquaredError);

    private static readonly TrainingOptions Options = new() { Epochs = 3, Seed = 11, Classifies = true, Optimizer = new() { LearningRate = 0.01 } };

    [Theory]
    [InlineData(32, true)]
    [InlineData(100, false)]
    [InlineData(1000, true)]       // 65,536 rows are no whole number of such batches
    [InlineData(100_000, true)]    // larger than a block
    [InlineData(null, true)]       // one step over all blocks
    [InlineData(null, false)]
    public void The_same_bits_from_memory_and_from_a_stream(int? batchSize, bool shuffle)
    {
        var (training, validation) = (new Rows(150_000, seed: 1), new Rows(70_001, seed: 2));
        var options = Options with { BatchSize = batchSize, Shuffle = shuffle };

        var kept = Train(Classifier, training.Kept(), validation.Kept(), options);
        var streamed = Train(Classifier, training.Streamed(), validation.Streamed(), options);

        Equal(kept, streamed);
    }

    [Fact]
    public void The_same_bits_when_the_loss_is_that_of_the_batches_and_training_stops_early()
    {
        var (training, validation) = (new Rows(150_000, seed: 1), new Rows(70_001, seed: 2));
        var options = Options with { BatchSize = 500, ExactHistory = false, Epochs = 6, MaxGradientNorm = 0.1, EarlyStopping = new(Monitor.ValidationLoss, 1, MinDelta: 0.02) };

        var kept = Train(Classifier, training.Kept(), validation.Kept(), options);
        var streamed = Train(Classifier, training.Streamed(), validation.Streamed(), options);

        Assert.Equal(StopReason.EarlyStopping, streamed.Reason);
        Equal(kept, streamed);
    }

    [Fact]
    public void The_same_bits_for_numbers_as_targets_on_any_number_of_threads()
    {
        var rows = new Rows(140_000, seed: 3);
        var options = Options with { BatchSize = 4096, Classifies = false };

        var kept = Train(Regression, rows.Kept(numbers: true), null, options);
        var streamed = Train(Regression, rows.Streamed(numbers: true), null, options, threads: 2);

        Equal(kept, streamed);
    }

    [Fact]
    public void The_same_metrics()
    {
        var (training, rows) = (new Rows(10_000, seed: 4), new Rows(150_000, seed: 5));
        var network = Network.Initialize(Classifier, 1);

        Assert.Equal(Evaluator.Evaluate(network, rows.Kept(), true), Evaluator.Evaluate(network, rows.Streamed(), true));
        Assert.Equal(
            Evaluator.Baseline(Loss.CrossEntropy, Classifier.Output, training.Kept(), rows.Kept(), true),
            Evaluator.Baseline(Loss.CrossEntropy, Classifier.Output, training.Streamed(), rows.Streamed(), true));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void Every_row_comes_once_an_epoch_and_in_another_order_in_the_next(int batchRows)
    {
        var rows = new Rows(150_000, seed: 6);
        var kept = new EpochBlocks(rows.Kept(), batchRows, shuffles: true, seed: 9);
        var streamed = new EpochBlocks(rows.Streamed(), batchRows, shuffles: true, seed: 9);

        float[] first = Order(streamed, 1), second = Order(streamed, 2);

        Assert.Equal(rows.Numbers, first.Order());
        Assert.Equal(rows.Numbers, second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Order(kept, 1));
        Assert.Equal(second, Order(kept, 2));
        Assert.NotInRange(first.Zip(rows.Numbers).Count(p => p.First == p.Second), 100, int.MaxValue);
    }

    [Fact]
    public void One_block_is_read_ahead_and_never_two_at_once()
    {
        int started = 0, running = 0, most = 0, taken = 0, furthest = 0;
        var rows = new Rows(600_000, seed: 7);
        var stream = Samples.Streamed(rows.Count, Inputs, Classes, (first, count) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            furthest = Math.Max(furthest, Interlocked.Increment(ref started) - Volatile.Read(ref taken));
            Thread.Sleep(1);
            var block = rows.Part(first, count);
            Interlocked.Decrement(ref running);
            return block;
        });
        var blocks = new EpochBlocks(stream, 32, shuffles: true, seed: 1);

        for (int epoch = 1; epoch <= 2; epoch++)
        {
            blocks.Begin(epoch);
            while (blocks.Next(out var block))
            {
                Assert.Equal(block.Order.Length, block.Samples.Rows);
                Thread.Sleep(2);
                Interlocked.Increment(ref taken);
            }
        }

        Assert.Equal(2 * 10, started);
        Assert.Equal(1, most);
        Assert.Equal(2, furthest); // the block in work and the one after it
    }

    [Fact]
    public void A_cancelled_training_may_be_measured_at_once()
    {
        const int block2 = 5 + 2; // the loss before the first step is measured on 5 pieces
        int calls = 0, running = 0, most = 0;
        var rows = new Rows(300_000, seed: 8);
        using var cancelled = new CancellationTokenSource();
        var stream = Samples.Streamed(rows.Count, Inputs, Classes, (first, count) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            if (++calls == block2) cancelled.Cancel();
            Thread.Sleep(5);
            Interlocked.Decrement(ref running);
            return rows.Part(first, count);
        });
        var network = Network.Initialize(Classifier, 1);

        var (reason, _) = Training.Run(network, stream, Options with { ExactHistory = false }, cancellation: cancelled.Token);
        var metrics = Evaluator.Evaluate(network, stream, true);

        Assert.Equal(StopReason.Cancelled, reason);
        Assert.Equal(Evaluator.Evaluate(network, rows.Kept(), true), metrics);
        Assert.Equal(1, most);
    }

    [Theory]
    [InlineData(1, 65_536)]
    [InlineData(784, 65_536)]
    [InlineData(1024, 65_536)]
    [InlineData(1025, 32_768)]     // 256 MiB
    [InlineData(20_000, 2048)]
    [InlineData(1_000_000, 2048)]
    public void A_block_of_wide_rows_has_fewer(int inputs, int rows) => Assert.Equal(rows, EpochBlocks.RowsOfBlock(inputs));

    [Fact]
    public void A_reader_that_gives_other_rows_is_told_so()
    {
        var rows = new Rows(100, seed: 1);
        var stream = Samples.Streamed(100, Inputs, Classes, (first, count) => rows.Part(first, count - 1));

        var wrong = Assert.Throws<InvalidOperationException>(() => Training.Run(Network.Initialize(Classifier, 1), stream, Options));

        Assert.Equal("100 rows of 3 inputs and 3 targets were wanted; 99 of 3 and 3 were read.", wrong.Message);
    }

    [Fact]
    public void A_reader_that_fails_ends_the_training_with_its_own_error()
    {
        var rows = new Rows(150_000, seed: 1);
        int calls = 0;
        var stream = Samples.Streamed(rows.Count, Inputs, Classes, (first, count) => ++calls > 4 ? throw new IOException("The disk is gone.") : rows.Part(first, count));

        Assert.Equal("The disk is gone.", Assert.Throws<IOException>(() => Training.Run(Network.Initialize(Classifier, 1), stream, Options)).Message);
    }

    [Fact]
    public void The_perceptron_rule_wants_its_rows_in_memory()
    {
        var net = Training.OneLayer(Inputs, 1, Activation.Step, Loss.Perceptron);
        var stream = Samples.Streamed(100, Inputs, 1, (_, _) => throw new NotSupportedException());

        Assert.Throws<ArgumentException>(() => Training.Run(Network.Initialize(net, 1), stream, Options with { Optimizer = new() { Type = OptimizerType.Perceptron } }));
    }

    private static float[] Order(EpochBlocks blocks, int epoch)
    {
        var order = new List<float>();
        blocks.Begin(epoch);
        while (blocks.Next(out var block))
        {
            Assert.Equal(order.Count, block.Position);
            foreach (int row in block.Order) order.Add(block.Samples.Inputs[row * Inputs + 2]);
        }

        return [.. order];
    }

    private static Result Train(NetworkDefinition net, Samples training, Samples? validation, TrainingOptions options, int threads = 1)
    {
        var network = Network.Initialize(net, 5);
        var history = new List<EpochReport>();
        var reason = new Trainer(network, training, validation, options, TimeProvider.System, new TrainingCores(threads)).Run(e => history.Add(e with { Seconds = 0 }), CancellationToken.None);
        return new Result(network, reason, history);
    }

    private static void Equal(Result kept, Result streamed)
    {
        Assert.Equal(kept.History, streamed.History);
        Assert.Equal(kept.Reason, streamed.Reason);
        Assert.Equal(kept.Network.WeightsSha256(), streamed.Network.WeightsSha256());
        foreach (float w in kept.Network.Parameters) Assert.True(float.IsFinite(w));
        Assert.True(kept.History[^1].TrainingLoss < kept.History[0].TrainingLoss, $"{kept.History[0].TrainingLoss} → {kept.History[^1].TrainingLoss}");
    }

    private sealed record Result(Network Network, StopReason Reason, List<EpochReport> History);

    /// <summary>Rows whose class, target and weight follow from their inputs. The third input is the row's number, scaled to be below 1.</summary>
    private sealed class Rows
    {
        private readonly float[] inputs, targets, weights;
        private readonly int[] classes;

        public Rows(int count, int seed)
        {
            var random = new Random(seed);
            (Count, inputs, targets, weights, classes) = (count, new float[count * Inputs], new float[count * 2], new float[count], new int[count]);
            for (int row = 0; row < count; row++)
            {
                float a = random.NextSingle() * 2 - 1, b = random.NextSingle() * 2 - 1;
                (inputs[row * Inputs], inputs[row * Inputs + 1], inputs[row * Inputs + 2]) = (a, b, row / 1_048_576f);
                classes[row] = a > 0.2f ? 0 : b > 0 ? 1 : 2;
                (targets[2 * row], targets[2 * row + 1]) = (a * b, a - b);
                weights[row] = 1 + row % 3;
            }
        }

        public int Count { get; }

        public float[] Numbers => [.. Enumerable.Range(0, Count).Select(row => row / 1_048_576f)];

        public Samples Kept(bool numbers = false) => Part(0, Count, numbers);

        public Samples Part(int first, int count, bool numbers = false)
        {
            float[] x = inputs[(first * Inputs)..((first + count) * Inputs)], w = weights[first..(first + count)];
            return numbers
                ? Samples.WithTargets(x, Inputs, targets[(2 * first)..(2 * (first + count))], 2, w)
                : Samples.WithClasses(x, Inputs, classes[first..(first + count)], Classes, w);
        }

        /// <summary>The rows as a stream that spoils what it gave two calls before.</summary>
        public Samples Streamed(bool numbers = false)
        {
            var given = new Queue<Samples>();
            return Samples.Streamed(Count, Inputs, numbers ? 2 : Classes, (first, count) =>
            {
                if (given.Count == 2) given.Dequeue().Inputs.AsSpan().Fill(float.NaN);
                given.Enqueue(Part(first, count, numbers));
                return given.Last();
            });
        }
    }
}
