using NeuralService.Engine;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>Rows given in the request itself: numbers used as they are.</summary>
internal static class InlineData
{
    /// <summary>Splits and packs the rows of a request that has been checked.</summary>
    public static PreparedData Prepare(TrainingRequest request, Definition definition, ulong seed)
    {
        double[][] inputs = request.Data.Inputs!;
        var source = SourceOf(request.Data);
        var plan = TargetPlan.Fit(definition, source, "layers", new Hosting.Faults())!;
        var resolved = definition.Resolve(inputs[0].Length, plan.Outputs);
        var (targets, classes) = TargetsOf(request.Data, plan);

        var split = Split.Draw(
            inputs.Length, request.Validation?.Fraction ?? 0, request.Test?.Fraction ?? 0, classes,
            request.Validation?.Stratify == true, request.Test?.Stratify == true, seed);
        double[]? weights = classes is null ? null
            : PreparedData.WeightsOf(request.ClassWeights, ClassNames(targets, request.Data), Array.ConvertAll(split.Training, row => classes[row]));
        return new PreparedData
        {
            Definition = resolved,
            Features = FeatureEncoder.PassThrough(inputs[0].Length),
            Targets = targets,
            Training = Pack(split.Training),
            Validation = split.Validation.Length == 0 ? null : Pack(split.Validation),
            Test = split.Test.Length == 0 ? null : Pack(split.Test),
        };

        Samples Pack(int[] rows)
        {
            int width = inputs[0].Length;
            float[] x = [.. rows.SelectMany(row => inputs[row]).Select(v => (float)v)];
            if (request.Data.Labels is not null) return PreparedData.OfClasses(x, width, Array.ConvertAll(rows, row => classes![row]), plan, weights);
            float[] y = [.. rows.SelectMany(row => request.Data.Targets![row]).Select(v => (float)v)];
            float[]? factors = weights is null ? null : Array.ConvertAll(rows, row => (float)weights[classes![row]]);
            return Samples.WithTargets(x, width, y, plan.Outputs, factors);
        }
    }

    /// <summary>What the targets of inline data are.</summary>
    public static TargetSource SourceOf(DataRequest data) => data.Labels is { } labels
        ? new TargetSource(true, 1, labels.Select(l => l.Text).Distinct(StringComparer.Ordinal).Count(), "data.labels", IsInline: true)
        : new TargetSource(false, data.Targets![0].Length, null, "data.targets", IsInline: true);

    /// <summary>The names of the classes, also those of a multi-label target made of labels.</summary>
    private static IReadOnlyList<string> ClassNames(TargetEncoder targets, DataRequest data) =>
        targets.Kind == TargetKind.Classes ? targets.Classes : data.Labels is null ? [] : targets.Names; // a job of several labels a row has no class weights

    private static (TargetEncoder Targets, int[]? Classes) TargetsOf(DataRequest data, TargetPlan plan)
    {
        if (data.Labels is { } labels)
        {
            string[] names = ClassOrder.Sort(labels.Select(l => l.Text).Distinct(StringComparer.Ordinal));
            var indexOf = names.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
            int[] classes = [.. labels.Select(l => indexOf[l.Text])];
            return (plan.Kind == TargetKind.MultiLabel
                ? new TargetEncoder { Kind = plan.Kind, Names = names }
                : new TargetEncoder { Kind = plan.Kind, Names = ["label"], Classes = names }, classes);
        }

        double[][] targets = data.Targets!;
        string[] numbered = [.. Enumerable.Range(1, plan.Outputs).Select(i => $"y{i}")];
        return plan.Kind switch
        {
            TargetKind.Values => (TargetEncoder.Identity(numbered), null),
            TargetKind.MultiLabel => (new TargetEncoder { Kind = plan.Kind, Names = numbered }, null),
            _ when plan.Outputs == 1 => (new TargetEncoder { Kind = plan.Kind, Names = ["label"], Classes = ["0", "1"] }, Array.ConvertAll(targets, t => t[0] >= 0.5 ? 1 : 0)),
            _ => (new TargetEncoder { Kind = plan.Kind, Names = ["label"], Classes = [.. Enumerable.Range(0, plan.Outputs).Select(i => i.ToString())] },
                Array.ConvertAll(targets, t => Array.IndexOf(t, t.Max()))),
        };
    }
}
