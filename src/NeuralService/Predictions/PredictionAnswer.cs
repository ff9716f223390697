using System.Text.Json;
using NeuralService.Engine;

namespace NeuralService.Predictions;

/// <summary>Writes the answer of a prediction straight from the outputs to JSON.</summary>
internal static class PredictionAnswer
{
    /// <summary>Writes the whole answer.</summary>
    /// <param name="json">Receives it.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="outputs">Its outputs, shape [rows, outputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="top">How many of the likeliest classes to tell; null for all.</param>
    public static void Write(Utf8JsonWriter json, Model model, ReadOnlySpan<float> outputs, int rows, int? top)
    {
        json.WriteStartObject();
        json.WriteString("network", model.Network);
        json.WriteNumber("version", model.Number);
        json.WriteStartArray("predictions");
        int size = model.Predictor.Definition.Output.Units;
        for (int row = 0; row < rows; row++) WriteRow(json, model, outputs.Slice(row * size, size), row, top);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, Model model, ReadOnlySpan<float> output, int row, int? top)
    {
        foreach (float v in output)
        {
            if (!float.IsFinite(v)) throw Problems.OutputNotFinite(row);
        }

        json.WriteStartObject();
        switch (model.Targets.Kind)
        {
            case TargetKind.Values:
                WriteValues(json, model.Targets, output);
                break;
            case TargetKind.MultiLabel:
                WriteLabels(json, model.Targets.Names, output, top);
                break;
            case TargetKind.Classes when model.Predictor.Definition.Output.Activation == Activation.Step:
                json.WriteString("label", model.Targets.Classes[(int)output[0]]);
                break;
            case TargetKind.Classes when output.Length == 1:
                WriteClasses(json, model.Targets.Classes, [1 - output[0], output[0]], output[0] >= 0.5f ? 1 : 0, top);
                break;
            default:
                WriteClasses(json, model.Targets.Classes, output, Evaluator.IndexOfMax(output), top);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, TargetEncoder targets, ReadOnlySpan<float> output)
    {
        if (output.Length == 1)
        {
            json.WriteNumber("value", targets.Decode(0, output[0]));
            return;
        }

        json.WriteStartObject("values");
        for (int k = 0; k < output.Length; k++) json.WriteNumber(targets.Names[k], targets.Decode(k, output[k]));
        json.WriteEndObject();
    }

    private static void WriteClasses(Utf8JsonWriter json, IReadOnlyList<string> classes, ReadOnlySpan<float> probabilities, int label, int? top)
    {
        json.WriteString("label", classes[label]);
        json.WriteNumber("probability", probabilities[label]);
        WriteProbabilities(json, classes, probabilities, top);
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyList<string> names, ReadOnlySpan<float> probabilities, int? top)
    {
        json.WriteStartArray("labels");
        for (int k = 0; k < probabilities.Length; k++)
        {
            if (probabilities[k] >= 0.5f) json.WriteStringValue(names[k]);
        }

        json.WriteEndArray();
        WriteProbabilities(json, names, probabilities, top);
    }

    // In class order; of equal probabilities the first class counts as the likelier.
    private static void WriteProbabilities(Utf8JsonWriter json, IReadOnlyList<string> names, ReadOnlySpan<float> probabilities, int? top)
    {
        json.WriteStartObject("probabilities");
        var kept = top < probabilities.Length ? Likeliest(probabilities, top.Value) : null;
        for (int k = 0; k < probabilities.Length; k++)
        {
            if (kept is null || kept.Contains(k)) json.WriteNumber(names[k], probabilities[k]);
        }

        json.WriteEndObject();
    }

    private static HashSet<int> Likeliest(ReadOnlySpan<float> probabilities, int top)
    {
        float[] keys = probabilities.ToArray();
        return [.. Enumerable.Range(0, keys.Length).OrderByDescending(k => keys[k]).ThenBy(k => k).Take(top)];
    }
}
