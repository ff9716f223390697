using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>What the targets of a job are, before any network is asked.</summary>
/// <param name="AreClasses">Texts or booleans: names of classes.</param>
/// <param name="Count">Number of target columns.</param>
/// <param name="Distinct">Different values of a single target column; null for numbers given inline, which stand for themselves.</param>
/// <param name="Path">Where the target is named in the request.</param>
/// <param name="IsInline">Given in the request, not by a table.</param>
internal sealed record TargetSource(bool AreClasses, int Count, int? Distinct, string Path, bool IsInline);

/// <summary>What the outputs of a job's network mean, and how many it needs.</summary>
/// <param name="Kind">What they mean.</param>
/// <param name="Outputs">How many.</param>
internal sealed record TargetPlan(TargetKind Kind, int Outputs)
{
    /// <summary>Fits targets and output layer together; adds faults where they do not fit.</summary>
    /// <param name="definition">The definition, its sizes open or not.</param>
    /// <param name="source">The targets.</param>
    /// <param name="layersPath">Where the layers are named in the request.</param>
    /// <param name="faults">Receives what does not fit.</param>
    /// <returns>Null where there is a fault.</returns>
    public static TargetPlan? Fit(Definition definition, TargetSource source, string layersPath, Faults faults)
    {
        var output = definition.Layers[^1];
        var plan = PlanFor(output.Activation, definition.Loss, output.Units, source, faults);
        if (plan is null) return null;
        if (output.Units is { } units && units != plan.Outputs)
        {
            faults.Meaningless(layersPath, Problems.WrongOutputUnits(units, plan.Outputs, source.Distinct, plan.Kind == TargetKind.Values));
            return null;
        }

        return plan;
    }

    private static TargetPlan? PlanFor(Activation output, Loss loss, int? units, TargetSource source, Faults faults)
    {
        if (source.IsInline && !source.AreClasses) return PlanForNumbers(output, loss, source, faults);
        bool decides = output is Activation.Softmax or Activation.Step || loss is Loss.BinaryCrossEntropy;
        if (source.Count > 1)
        {
            if (source.AreClasses || output is Activation.Softmax or Activation.Step) return Refuse(Problems.SeveralTargets(output));
            return new TargetPlan(decides ? TargetKind.MultiLabel : TargetKind.Values, source.Count);
        }

        if (!source.AreClasses && !decides) return new TargetPlan(TargetKind.Values, 1);
        int classes = source.Distinct ?? 0;
        if (classes < 2) return Refuse(Problems.OneClass());
        switch (output)
        {
            case Activation.Softmax:
                return new TargetPlan(TargetKind.Classes, classes);
            case Activation.Step when classes > 2:
                return Refuse(Problems.StepWithManyClasses(classes));
            case Activation.Step:
                return new TargetPlan(TargetKind.Classes, 1);
            case Activation.Sigmoid when classes == 2 && units is null or 1:
                return new TargetPlan(TargetKind.Classes, 1);
            case Activation.Sigmoid:
                return new TargetPlan(TargetKind.MultiLabel, classes);
            default:
                return Refuse(Problems.ClassesNeedProbabilities(output));
        }

        TargetPlan? Refuse(string sentence)
        {
            faults.Meaningless(source.Path, sentence);
            return null;
        }
    }

    // Rows of target numbers: one-hot under softmax, 0 or 1 under a step or under binary cross-entropy, else values.
    private static TargetPlan? PlanForNumbers(Activation output, Loss loss, TargetSource source, Faults faults)
    {
        bool wrongCount = output is Activation.Softmax && source.Count < 2 || output is Activation.Step && source.Count > 1;
        if (wrongCount)
        {
            faults.Meaningless(source.Path, Problems.WrongTargetCount(output, source.Count));
            return null;
        }

        return output switch
        {
            Activation.Softmax => new TargetPlan(TargetKind.Classes, source.Count),
            Activation.Step => new TargetPlan(TargetKind.Classes, 1),
            _ when loss is Loss.BinaryCrossEntropy => new TargetPlan(source.Count == 1 ? TargetKind.Classes : TargetKind.MultiLabel, source.Count),
            _ => new TargetPlan(TargetKind.Values, source.Count),
        };
    }
}
