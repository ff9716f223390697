using CsCheck;

namespace NeuralService.Engine.Tests;

/// <summary>A row's answer has the same bits alone, in any batch, at any place, from any thread.</summary>
public class PredictorTests
{
    private static readonly NetworkDefinition Net =
        new(7, [new(19, Activation.Relu), new(33, Activation.Tanh), new(18, Activation.LeakyRelu), new(5, Activation.Softmax)], Loss.CrossEntropy);

    private static readonly Network Trained = Network.Initialize(Net, seed: 5);

    [Fact]
    public void A_row_alone_and_in_any_batch() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 100_000]).Sample((rows, seed) =>
    {
        var predictor = new Predictor(Trained);
        float[] inputs = Inputs(rows, seed), together = new float[rows * 5], alone = new float[5];
        predictor.Forward(inputs, rows, together);
        for (int row = 0; row < rows; row++)
        {
            predictor.Forward(inputs.AsSpan(row * 7, 7), 1, alone);
            if (!KernelTests.Bits(alone).SequenceEqual(KernelTests.Bits(together[(row * 5)..((row + 1) * 5)]))) return false;
        }

        return true;
    }, iter: 60);

    [Fact]
    public void As_training_and_evaluation_see_it()
    {
        float[] inputs = Inputs(300, 1), outputs = new float[300 * 5];
        new Predictor(Trained).Forward(inputs, 300, outputs);
        var packed = new PackedNetwork(new PackedLayout(Net), trains: true);
        packed.Load(Trained.Parameters);
        var pass = new BatchPass(packed, 300, trains: true);
        pass.Begin(Samples.WithClasses(inputs, 7, new int[300], 5), 0, 300);
        pass.Forward(0, 300);
        var row = new float[5];
        float[] seen = [.. Enumerable.Range(0, 300).SelectMany(i => pass.Activations.Outputs.CopyRow(i, row).ToArray())];

        Assert.Equal(KernelTests.Bits(seen), KernelTests.Bits(outputs));
    }

    [Fact]
    public void From_many_threads_at_once()
    {
        var predictor = new Predictor(Trained);
        float[] inputs = Inputs(64, 2), expected = new float[64 * 5];
        predictor.Forward(inputs, 64, expected);

        Parallel.For(0, 64, _ =>
        {
            var outputs = new float[64 * 5];
            predictor.Forward(inputs, 64, outputs);
            Assert.Equal(expected, outputs);
        });
    }

    [Fact]
    public void Ten_thousand_rows_of_a_wide_network_take_the_memory_of_a_few_hundred()
    {
        var predictor = new Predictor(new Network(Training.OneLayer(1, 2000, Activation.Relu) with { Layers = [new(2000, Activation.Relu), new(1, Activation.Linear)] }, new float[2000 * 2 + 2001]));
        float[] inputs = new float[10_000], outputs = new float[10_000];
        long before = GC.GetAllocatedBytesForCurrentThread();

        predictor.Forward(inputs, 10_000, outputs);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000); // all rows at once would take 80 MB
    }

    [Fact]
    public void No_rows_are_no_outputs() => new Predictor(Trained).Forward([], 0, []);

    [Theory]
    [InlineData(13, 10)]
    [InlineData(14, 9)]
    public void Too_few_values_or_too_little_room_is_refused(int inputs, int outputs) =>
        Assert.ThrowsAny<ArgumentException>(() => new Predictor(Trained).Forward(new float[inputs], 2, new float[outputs]));

    [Fact]
    public void A_predictor_keeps_its_answers_when_the_network_is_trained_on()
    {
        var network = Network.Initialize(Net, seed: 6);
        var predictor = new Predictor(network);
        float[] inputs = Inputs(1, 3), before = new float[5], after = new float[5];
        predictor.Forward(inputs, 1, before);
        network.Parameters.AsSpan().Fill(1);
        predictor.Forward(inputs, 1, after);

        Assert.Equal(before, after);
    }

    private static float[] Inputs(int rows, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * 7).Select(_ => (float)(4 * random.NextDouble() - 2))];
    }
}
