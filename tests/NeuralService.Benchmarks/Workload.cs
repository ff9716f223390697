using System.Text.Json;
using System.Text.Json.Serialization;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>A training to be timed: one entry of peers/workloads.json, which this engine and the peers read alike.</summary>
/// <param name="Rows">Rows of an epoch.</param>
/// <param name="Layers">Inputs, then the units of each layer.</param>
/// <param name="Activation">Of the hidden layers.</param>
/// <param name="Output">Activation of the last layer.</param>
/// <param name="Loss">What is made small.</param>
/// <param name="Batch">Rows of a step.</param>
/// <param name="Epochs">Passes over the rows.</param>
/// <param name="Optimizer">Rule of a step.</param>
/// <param name="Momentum">μ of sgd.</param>
/// <param name="LearningRate">η, before the schedule.</param>
/// <param name="Schedule">constant, or cosine: half a cosine down to 0, epoch by epoch.</param>
internal sealed record Workload(
    int Rows, int[] Layers, Activation Activation, Activation Output, Loss Loss, int Batch, int Epochs, OptimizerType Optimizer, double Momentum,
    double LearningRate, ScheduleType Schedule)
{
    /// <summary>Trained to its end on real images and measured by its test error, not only timed.</summary>
    public const string Mnist = "MNIST";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>W1 to W6, or MNIST.</summary>
    [JsonIgnore]
    public string Name { get; private init; } = "";

    /// <summary>The layers' sizes as they are written in tables: 784-128-10.</summary>
    [JsonIgnore]
    public string Shape => string.Join('-', Layers);

    /// <summary>Samples that all epochs together go through.</summary>
    [JsonIgnore]
    public double Samples => (double)Rows * Epochs;

    /// <summary>Floating-point operations that one sample needs: 2 a weight for each of forward pass, weight gradient and, but for the first layer, input gradient.</summary>
    [JsonIgnore]
    public double UsefulOperations => Layers.Zip(Layers.Skip(1)).Select((l, i) => (i == 0 ? 4.0 : 6.0) * l.First * l.Second).Sum();

    /// <summary>The workload of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static Workload Named(string name) =>
        All().TryGetValue(name.Trim().ToUpperInvariant(), out var workload)
            ? workload with { Name = name.Trim().ToUpperInvariant() }
            : throw new UsageException($"There is no workload \"{name}\"; there are {string.Join(", ", All().Keys)}.");

    private static Dictionary<string, Workload> All() =>
        JsonSerializer.Deserialize<Dictionary<string, Workload>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", "workloads.json")), Json)!;

    /// <summary>The network that is trained.</summary>
    public NetworkDefinition Definition =>
        new(Layers[0], [.. Layers.Skip(1).Select((units, i) => new LayerDefinition(units, i == Layers.Length - 2 ? Output : Activation))], Loss);

    /// <summary>Made-up data of the workload's shape (XOR for W1); only the time matters.</summary>
    /// <param name="rows">How many rows to make.</param>
    public Samples MakeSamples(int rows)
    {
        if (Name == "W1") return Engine.Samples.WithTargets([0, 0, 0, 1, 1, 0, 1, 1], 2, [0, 1, 1, 0], 1);
        var random = new Random(11);
        int width = Layers[0], outputs = Layers[^1];
        float[] inputs = new float[rows * width];
        foreach (ref float x in inputs.AsSpan()) x = random.NextSingle();
        if (Loss == Loss.CrossEntropy)
            return Engine.Samples.WithClasses(inputs, width, [.. Enumerable.Range(0, rows).Select(_ => random.Next(outputs))], outputs);
        float[] slopes = [.. Enumerable.Range(0, width).Select(_ => 2 * random.NextSingle() - 1)];
        float[] targets = [.. Enumerable.Range(0, rows).Select(r => slopes.Select((s, i) => s * inputs[r * width + i]).Sum())];
        return Engine.Samples.WithTargets(inputs, width, targets, 1);
    }
}
