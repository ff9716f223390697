using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>One sample to send forward and backward.</summary>
public sealed record TraceRequest
{
    /// <summary>The values that the first layer takes, as they are; of a table's network the encoded ones. Give this or row.</summary>
    public double[]? Input { get; init; }

    /// <summary>Raw values by column, as for a prediction; the version encodes them.</summary>
    public IReadOnlyDictionary<string, JsonElement?>? Row { get; init; }

    /// <summary>What each output should be, as the network learns it; beside row, of a regression, in the target's own unit. Give this or label.</summary>
    public double[]? Target { get; init; }

    /// <summary>The class that the outputs should name: one of the version's classes, or with layers 0, 1, …</summary>
    public Label? Label { get; init; }

    /// <summary>Parameters to compute with, one entry a layer, instead of a version's. Sizes that the network leaves open are taken from them.</summary>
    public IReadOnlyList<LayerWeights>? Layers { get; init; }

    /// <summary>Where given, the answer also tells the parameters after one step of gradient descent at this rate.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double? LearningRate { get; init; }

    /// <summary>Hold the gradients against central differences of the loss.</summary>
    public bool GradientCheck { get; init; }
}
