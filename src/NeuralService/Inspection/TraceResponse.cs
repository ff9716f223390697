using System.Text.Json.Serialization;
using NeuralService.Engine;

namespace NeuralService.Inspection;

/// <summary>Forward pass and backpropagation of one sample, in double, without dropout or regularisation.</summary>
public sealed record TraceResponse
{
    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>The version whose parameters were used; null where the request brought them.</summary>
    public required int? Version { get; init; }

    /// <summary>What the first layer took.</summary>
    public required double[] Input { get; init; }

    /// <summary>What the outputs should be.</summary>
    public required double[] Target { get; init; }

    /// <summary>What they are: the activations of the last layer.</summary>
    public required double[] Output { get; init; }

    /// <summary>The loss of this sample; one sample is a batch of m = 1, so the squared error is ½‖ŷ − y‖².</summary>
    public required double Loss { get; init; }

    /// <summary>The layers, first to last.</summary>
    public required IReadOnlyList<TraceLayer> Layers { get; init; }

    /// <summary>How far the gradients are from central differences; absent where it was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GradientCheckResult? GradientCheck { get; init; }
}

/// <summary>One layer of a trace.</summary>
public sealed record TraceLayer
{
    /// <summary>Pre-activations z = W·a + b of the layer below's a.</summary>
    public required double[] Z { get; init; }

    /// <summary>Activations a = σ(z).</summary>
    public required double[] A { get; init; }

    /// <summary>δ = ∂L/∂z.</summary>
    public required double[] Delta { get; init; }

    /// <summary>∂L/∂W; row j holds the weights into unit j.</summary>
    public required double[][] WeightGradients { get; init; }

    /// <summary>∂L/∂b.</summary>
    public required double[] BiasGradients { get; init; }

    /// <summary>W − η·∂L/∂W; absent without a learning rate.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[][]? UpdatedWeights { get; init; }

    /// <summary>b − η·∂L/∂b; absent without a learning rate.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? UpdatedBiases { get; init; }

    /// <summary>The layer of a trace, and one step of gradient descent from it.</summary>
    public static TraceLayer From(LayerTrace trace, LayerParameters parameters, double? learningRate) => new()
    {
        Z = trace.Z,
        A = trace.A,
        Delta = trace.Delta,
        WeightGradients = trace.WeightGradients,
        BiasGradients = trace.BiasGradients,
        UpdatedWeights = learningRate is { } rate ? [.. parameters.Weights.Zip(trace.WeightGradients, (w, g) => Step(w, g, rate))] : null,
        UpdatedBiases = learningRate is { } r ? Step(parameters.Biases, trace.BiasGradients, r) : null,
    };

    /// <summary>Whether every number is finite.</summary>
    internal bool IsFinite => Z.Concat(A).Concat(Delta).Concat(BiasGradients).Concat(UpdatedBiases ?? []).All(double.IsFinite)
        && WeightGradients.Concat(UpdatedWeights ?? []).All(row => row.All(double.IsFinite));

    private static double[] Step(double[] parameters, double[] gradients, double rate) => [.. parameters.Zip(gradients, (p, g) => p - rate * g)];
}

/// <summary>The gradients against central differences of the loss, (L(w + h) − L(w − h)) / 2h.</summary>
/// <param name="MaxRelativeDifference">The largest |g − n| / max(|g|, |n|, 10⁻⁴) of all parameters; about 10⁻⁶ or less where the gradients are right.</param>
/// <param name="Layers">The largest of each layer.</param>
public sealed record GradientCheckResult(double MaxRelativeDifference, double[] Layers);
