using System.Text.Json;
using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Networks;

/// <summary>Checks a definition, wherever it stands: in a network, or in a training job of its own.</summary>
public static class DefinitionCheck
{
    /// <summary>Checks layers, loss and sizes together, before anything is allocated.</summary>
    /// <param name="faults">Receives what is wrong; what the reader found faulty already is passed over.</param>
    /// <param name="prefix">The path of the object that holds <c>layers</c>, <c>loss</c> and <c>inputSize</c>; <c>$</c> for the body.</param>
    /// <param name="inputSize">Number of inputs; null: open.</param>
    /// <param name="layers">The layers as given.</param>
    /// <param name="loss">The loss as given; null: the one that fits the last layer.</param>
    /// <param name="limits">How large it may be.</param>
    /// <returns>The definition to store; null where anything about it is wrong.</returns>
    public static Definition? Check(Faults faults, string prefix, int? inputSize, IReadOnlyList<LayerRequest> layers, Loss? loss, LimitSettings limits)
    {
        string layersPath = JsonPath.Below(prefix, "layers"), lossPath = JsonPath.Below(prefix, "loss");
        if (layers.Count > limits.Layers && !faults.Has(layersPath))
            faults.Meaningless(layersPath, Problems.OverLimit("layers", layers.Count, "Limits:Layers", limits.Layers));
        for (int i = 0; i < layers.Count; i++)
            CheckLayer(faults, JsonPath.Below(layersPath, i), layers[i], last: i == layers.Count - 1, limits);
        CheckParameters(faults, layersPath, inputSize, layers, limits.Parameters);
        if (layers.Count == 0 || faults.Has(lossPath) || faults.Has(JsonPath.Below(JsonPath.Below(layersPath, layers.Count - 1), "activation")))
            return null;
        CheckLoss(faults, layersPath, lossPath, layers, loss ?? Fitting(layers));
        if (faults.Has(layersPath) || faults.Has(lossPath) || faults.Has(JsonPath.Below(prefix, "inputSize")))
            return null;
        return new Definition(inputSize, [.. layers.Select(Defined)], loss ?? Fitting(layers));
    }

    private static void CheckLayer(Faults faults, string path, LayerRequest layer, bool last, LimitSettings limits)
    {
        if (faults.Has(path) && layer == new LayerRequest { Activation = default })
            return;   // nothing could be read of it
        string units = JsonPath.Below(path, "units"), activation = JsonPath.Below(path, "activation");
        string slope = JsonPath.Below(path, "negativeSlope"), dropout = JsonPath.Below(path, "dropout");
        if (!faults.Has(units) && layer.Units is null && !last)
            faults.Meaningless(units, Problems.UnitsMissing());
        if (!faults.Has(units) && layer.Units > limits.Units)
            faults.Meaningless(units, Problems.OverLimit("units", layer.Units.Value, "Limits:Units", limits.Units));
        if (!faults.Has(activation) && layer.Activation == Activation.Softmax && !last)
            faults.Meaningless(activation, Problems.HiddenSoftmax());
        if (!faults.Has(activation) && !faults.Has(slope) && layer.NegativeSlope is not null && layer.Activation != Activation.LeakyRelu)
            faults.Meaningless(slope, Problems.SlopeWithoutUse(Word(layer.Activation)));
        if (!faults.Has(dropout) && layer.Dropout > 0 && last)
            faults.Meaningless(dropout, Problems.DropoutOnOutput(layer.Dropout));
    }

    /// <summary>Counts what is known; an open size adds its biases alone, so a definition that is too large already is refused now.</summary>
    private static void CheckParameters(Faults faults, string path, int? inputSize, IReadOnlyList<LayerRequest> layers, long most)
    {
        if (faults.Has(path))
            return;
        long total = 0;
        bool open = false;
        int? inputs = inputSize;
        foreach (var layer in layers)
        {
            open |= inputs is null || layer.Units is null;
            total = checked(total + (inputs ?? 0L) * (layer.Units ?? 0L) + (layer.Bias ? layer.Units ?? 0L : 0L));
            inputs = layer.Units;
        }
        if (total > most)
            faults.Meaningless(path, Problems.TooManyParameters(total, open, most));
    }

    private static void CheckLoss(Faults faults, string layersPath, string lossPath, IReadOnlyList<LayerRequest> layers, Loss loss)
    {
        var output = layers[^1];
        bool fits = loss switch
        {
            Loss.CrossEntropy => output.Activation == Activation.Softmax,
            Loss.BinaryCrossEntropy => output.Activation == Activation.Sigmoid,
            Loss.Perceptron => output.Activation == Activation.Step && layers.Count == 1,
            _ => true,
        };
        if (!fits)
            faults.Meaningless(lossPath, Problems.LossDoesNotFit(Word(loss), Word(output.Activation), layers.Count));
        string units = JsonPath.Below(JsonPath.Below(layersPath, layers.Count - 1), "units");
        if (fits && loss == Loss.Perceptron && output.Units > 1 && !faults.Has(units))
            faults.Meaningless(units, Problems.PerceptronUnits(output.Units.Value));
    }

    /// <summary>The loss that fits the output.</summary>
    private static Loss Fitting(IReadOnlyList<LayerRequest> layers) => layers[^1].Activation switch
    {
        Activation.Softmax => Loss.CrossEntropy,
        Activation.Sigmoid => Loss.BinaryCrossEntropy,
        Activation.Step when layers.Count == 1 && layers[0].Units is null or 1 => Loss.Perceptron,
        _ => Loss.SquaredError,
    };

    private static DefinedLayer Defined(LayerRequest layer) => new(
        layer.Units, layer.Activation, layer.Activation == Activation.LeakyRelu ? layer.NegativeSlope ?? 0.01 : null,
        layer.Initializer, layer.Dropout, layer.Bias);

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
