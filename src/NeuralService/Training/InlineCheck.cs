using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>Checks rows given inline: rectangular, as many targets as inputs, and of a kind that the output can learn.</summary>
internal static class InlineCheck
{
    /// <summary>Adds what is wrong; null where nothing more can be said.</summary>
    public static CheckedData? Run(TrainingRequest request, Definition? definition, LimitSettings limits, Faults faults)
    {
        var data = request.Data;
        foreach (var (name, given) in new[] { ("target", data.Target is not null), ("features", data.Features is not null), ("preprocessing", data.Preprocessing is not null) })
        {
            if (given && !faults.Has($"data.{name}")) faults.Meaningless($"data.{name}", Problems.OnlyForTables());
        }

        PartCheck.NoTables(request, faults);
        if (faults.Has("data")) return null;
        if (data.Targets is not null == data.Labels is not null)
        {
            faults.Meaningless("data", Problems.OneKindOfTargets());
            return null;
        }

        double[][] inputs = data.Inputs!;
        CheckRectangle(inputs, "data.inputs", faults);
        if (data.Targets is { } targets) CheckRectangle(targets, "data.targets", faults);
        int count = data.Targets?.Length ?? data.Labels!.Count;
        if (count != inputs.Length && !faults.Has("data")) faults.Meaningless(data.Targets is null ? "data.labels" : "data.targets", Problems.RowsDiffer(inputs.Length, count));
        if (faults.Has("data")) return null;
        if (definition is null) return new CheckedData(inputs.Length, null, inputs[0].Length);

        if (definition.InputSize is { } size && size != inputs[0].Length) faults.Meaningless("data.inputs[0]", Problems.WrongRowLength(inputs[0].Length, size));
        var source = InlineData.SourceOf(data);
        if (source.Distinct > limits.Classes) faults.Meaningless("data.labels", Problems.OverLimit("classes", source.Distinct.Value, "Limits:Classes", limits.Classes));
        var plan = TargetPlan.Fit(definition, source, OptionsCheck.OutputPath(request, definition), faults);
        if (plan is not null && data.Targets is not null) CheckTargets(definition, plan, data.Targets, faults);
        return new CheckedData(inputs.Length, plan, inputs[0].Length, ClassesOf(data, plan));
    }

    private static IReadOnlyList<string>? ClassesOf(DataRequest data, TargetPlan? plan) => data.Labels is { } labels
        ? [.. labels.Select(l => l.Text).Distinct(StringComparer.Ordinal)]
        : plan is { Kind: TargetKind.Classes } ? [.. Enumerable.Range(0, Math.Max(2, plan.Outputs)).Select(i => i.ToString())] : null;

    /// <summary>Adds a fault where there are no rows, or rows of different lengths.</summary>
    public static void CheckRectangle(double[][] rows, string path, Faults faults)
    {
        if (rows.Length == 0 || rows[0].Length == 0)
        {
            faults.Meaningless(path, Problems.NoRowsInline());
            return;
        }

        for (int i = 1; i < rows.Length; i++)
        {
            if (rows[i].Length != rows[0].Length) faults.Meaningless($"{path}[{i}]", Problems.WrongRowLength(rows[i].Length, rows[0].Length));
        }
    }

    private static void CheckTargets(Definition definition, TargetPlan plan, double[][] targets, Faults faults)
    {
        if (plan.Kind == TargetKind.Values) return;
        bool oneClass = true;
        for (int i = 0; i < targets.Length; i++)
        {
            oneClass &= targets[i].AsSpan().SequenceEqual(targets[0]);
            TargetRow(definition.Layers[^1].Activation, definition.Loss, targets[i], $"data.targets[{i}]", faults);
        }

        if (oneClass && plan.Kind == TargetKind.Classes && !faults.Has("data.targets")) faults.Meaningless("data.targets", Problems.OneClass());
    }

    /// <summary>Checks the target numbers of one row: binary cross-entropy takes probabilities, a step 0 or 1, softmax a distribution over the classes (one-hot, as a rule).</summary>
    public static void TargetRow(Activation output, Loss loss, double[] target, string path, Faults faults)
    {
        bool decides = output is Activation.Softmax or Activation.Step || loss == Loss.BinaryCrossEntropy;
        for (int k = 0; decides && k < target.Length; k++)
        {
            if (target[k] is < 0 or > 1 || output == Activation.Step && target[k] is not (0 or 1)) faults.Meaningless($"{path}[{k}]", Problems.BadClassTarget(target[k], output));
        }

        if (output == Activation.Softmax && Math.Abs(target.Sum() - 1) > 1e-6) faults.Meaningless(path, Problems.NotADistribution(target.Sum()));
    }
}
