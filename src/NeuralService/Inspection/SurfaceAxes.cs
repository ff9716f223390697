using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Inspection;

/// <summary>The axes of an error surface, checked against the network.</summary>
internal static class SurfaceAxes
{
    /// <summary>The axes; a fault for each that names no parameter of the network.</summary>
    public static SurfaceAxis[] Read(IReadOnlyList<SurfaceAxisRequest> axes, NetworkDefinition definition, Faults faults)
    {
        for (int i = 0; i < axes.Count; i++) Check(axes[i], definition, $"axes[{i}]", faults);
        if (faults.Has("axes")) return [];
        SurfaceAxis[] read = [.. axes.Select(a => new SurfaceAxis(a.Layer, a.Weight?[0] ?? a.Bias!.Value, a.Weight?[1], Values(a)))];
        if ((read[0].Layer, read[0].Unit, read[0].Input) == (read[1].Layer, read[1].Unit, read[1].Input)) faults.Meaningless("axes[1]", Problems.SameParameter());
        return read;
    }

    private static void Check(SurfaceAxisRequest axis, NetworkDefinition definition, string path, Faults faults)
    {
        if (axis.From == axis.To && !faults.Has(path)) faults.Meaningless($"{path}.to", Problems.EmptyAxis(axis.From));
        if (faults.Has($"{path}.layer") || faults.Has($"{path}.weight") || faults.Has($"{path}.bias")) return;
        if (axis.Weight is not null == axis.Bias is not null) faults.Meaningless(path, Problems.WeightOrBias());
        else if (axis.Layer >= definition.Layers.Count) faults.Meaningless($"{path}.layer", Problems.NoSuchPart("layer", axis.Layer, definition.Layers.Count));
        else if (axis.Weight is { } weight) CheckWeight(weight, definition, axis.Layer, $"{path}.weight", faults);
        else if (!definition.Layers[axis.Layer].Bias) faults.Meaningless($"{path}.bias", Problems.LayerWithoutBias(axis.Layer));
        else CheckIndex("unit", axis.Bias!.Value, definition.Layers[axis.Layer].Units, $"{path}.bias", faults);
    }

    private static void CheckWeight(int[] weight, NetworkDefinition definition, int layer, string path, Faults faults)
    {
        CheckIndex("unit", weight[0], definition.Layers[layer].Units, $"{path}[0]", faults);
        CheckIndex("input", weight[1], definition.InputsOf(layer), $"{path}[1]", faults);
    }

    private static void CheckIndex(string what, int given, int count, string path, Faults faults)
    {
        if (given < 0 || given >= count) faults.Meaningless(path, Problems.NoSuchPart(what, given, count));
    }

    private static double[] Values(SurfaceAxisRequest axis) =>
        [.. Enumerable.Range(0, axis.Steps).Select(i => i == axis.Steps - 1 ? axis.To : (axis.From * (axis.Steps - 1 - i) + axis.To * i) / (axis.Steps - 1))];
}
