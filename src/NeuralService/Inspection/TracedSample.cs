using System.Text.Json;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Predictions;
using NeuralService.Training;

namespace NeuralService.Inspection;

/// <summary>The sample of a trace as the network takes it.</summary>
/// <param name="Input">Shape [inputs].</param>
/// <param name="Target">Shape [outputs].</param>
internal sealed record TracedSample(double[] Input, double[] Target)
{
    /// <summary>Reads the sample of a request; adds a fault for all that does not fit the network.</summary>
    public static TracedSample Read(TraceRequest request, InspectedNetwork network, Faults faults) =>
        new(InputOf(request, network, faults), TargetOf(request, network, faults));

    private static double[] InputOf(TraceRequest request, InspectedNetwork network, Faults faults)
    {
        if (request.Input is not null == request.Row is not null)
        {
            if (!faults.Has("input") && !faults.Has("row")) faults.Meaningless("input", Problems.InputOrRow());
        }
        else if (request.Row is not null && network.Model is null)
        {
            faults.Meaningless("row", Problems.RowNeedsVersion());
        }
        else if (request.Row is not null)
        {
            return Encode(request.Row, network.Model!, faults);
        }
        else if (request.Input!.Length != network.Definition.InputSize && !faults.Has("input"))
        {
            faults.Meaningless("input", Problems.WrongRowLength(request.Input.Length, network.Definition.InputSize));
        }

        return request.Input ?? [];
    }

    /// <summary>Encodes a row by the code that a prediction is read by.</summary>
    private static double[] Encode(IReadOnlyDictionary<string, JsonElement?> row, Model model, Faults faults)
    {
        if (faults.Has("row")) return [];
        try
        {
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { rows = new[] { row } });
            var (values, _) = PredictionRows.Read(body, model, default, mostRows: 1);
            var inputs = new float[model.Features.Width];
            model.Features.Encode(values.AsSpan(0, model.Features.Columns.Count), inputs);
            return Array.ConvertAll(inputs, v => (double)v);
        }
        catch (Refusal refusal) when (refusal.Errors is not null)
        {
            foreach (var (path, sentence) in refusal.Errors.SelectMany(e => e.Value.Select(s => (e.Key.Replace("rows[0]", "row", StringComparison.Ordinal), s))))
                faults.Meaningless(path, sentence);
            return [];
        }
    }

    private static double[] TargetOf(TraceRequest request, InspectedNetwork network, Faults faults)
    {
        if (faults.Has("target") || faults.Has("label")) return [];
        if (request.Target is not null == request.Label is not null)
        {
            faults.Meaningless("target", Problems.TargetOrLabel());
            return [];
        }

        if (request.Label is { } label) return OfLabel(label.Text, network, "label", faults);
        double[] target = request.Target!;
        int outputs = network.Definition.Output.Units;
        if (target.Length != outputs)
        {
            faults.Meaningless("target", Problems.WrongRowLength(target.Length, outputs));
            return [];
        }

        bool isRaw = request.Row is not null && network.Model?.Targets.Kind == TargetKind.Values;
        if (isRaw) return [.. target.Select((v, k) => (double)network.Model!.Targets.Encode(k, v))];
        InlineCheck.TargetRow(network.Definition.Output.Activation, network.Definition.Loss, target, "target", faults);
        return target;
    }

    /// <summary>The target of a class by its name; a fault where there is none.</summary>
    public static double[] OfLabel(string label, InspectedNetwork network, string path, Faults faults)
    {
        int index = -1;
        if (network.Classes is not { } classes) faults.Meaningless(path, Problems.LabelNeedsClasses());
        else if ((index = classes.ToList().IndexOf(label)) < 0) faults.Meaningless(path, Problems.NoSuchClass(label, classes));
        return index < 0 ? [] : network.TargetOf(index);
    }
}
