using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;

namespace NeuralService.Training;

/// <summary>Checks how a job shall train: rules that fit the network, figures that will exist.</summary>
internal sealed class OptionsCheck(TrainingRequest request, Definition? definition, CheckedData? data, LimitSettings limits, Faults faults)
{
    /// <summary>Adds what is wrong.</summary>
    public void Run()
    {
        if (data is { Table: null }) PartCheck.Shares(request, data.Rows, faults);
        if (definition is not null)
        {
            CheckRule(definition);
            CheckSize(definition);
        }

        CheckOptimizer();
        CheckSchedule();
        CheckMonitors();
        CheckInitialWeights();
        if (data?.Plan is { } plan) CheckClasses(plan);
    }

    private void CheckClasses(TargetPlan plan)
    {
        bool oneClassARow = plan.Kind == TargetKind.Classes || plan.Kind == TargetKind.MultiLabel && data!.Classes is not null;
        foreach (var (name, part) in new[] { ("validation", request.Validation), ("test", request.Test) })
        {
            if (part?.Stratify == true && !oneClassARow) faults.Meaningless($"{name}.stratify", Problems.NothingToStratify());
        }

        if (request.ClassWeights is not { } weights || weights is { Balanced: false, ByClass: null } || faults.Has("classWeights")) return;
        if (!oneClassARow) faults.Meaningless("classWeights", plan.Kind == TargetKind.Values ? Problems.NoClasses() : Problems.SeveralClassesPerRow());
        else if (weights.ByClass is { } byClass && data!.Classes is { Count: > 0 } known)
        {
            foreach (string name in byClass.Keys.Except(known, StringComparer.Ordinal)) faults.Meaningless(JsonPath.Below("classWeights", name), Problems.NoSuchClass(name, known));
        }
    }

    /// <summary>Where the number of outputs is said: in the job's own layers, or in the network.</summary>
    public static string OutputPath(TrainingRequest request, Definition definition) =>
        request.Layers is null ? "network" : $"layers[{definition.Layers.Count - 1}].units";

    private void CheckRule(Definition known)
    {
        var type = TrainingSetup.TypeOf(request.Optimizer, known.Loss);
        if (type == OptimizerType.Perceptron && known.Loss != Loss.Perceptron) faults.Meaningless("optimizer.type", Problems.PerceptronRuleNeedsPerceptron());
        if (known.Loss != Loss.Perceptron && known.Layers.Any(l => l.Activation == Activation.Step)) faults.Meaningless(request.Layers is null ? "network" : "layers", Problems.StepCannotLearn());
        if (type != OptimizerType.Perceptron) return;
        if (request.Regularization is not null) faults.Meaningless("regularization", Problems.NotWithPerceptronRule());
        if (request.ClassWeights is { Balanced: true } or { ByClass: not null }) faults.Meaningless("classWeights", Problems.NotWithPerceptronRule());
    }

    // The sizes that the definition left open may make a network that is too large.
    private void CheckSize(Definition known)
    {
        if (data is not { Plan: { } plan, Width: { } width } || faults.Has("data") || faults.Has("network")) return;
        if (known.InputSize is { } size && size != width) return;
        if (data.Rows * width > Array.MaxLength) faults.Meaningless("data", Problems.TooManyValues(data.Rows, width, Array.MaxLength));
        long parameters = known.Resolve(width, plan.Outputs).ParameterCount;
        if (parameters > limits.Parameters) faults.Meaningless("data", Problems.TooManyParameters(parameters, false, limits.Parameters));
    }

    private void CheckOptimizer()
    {
        if (request.Optimizer is not { } o || faults.Has("optimizer")) return;
        Only("momentum", o.Momentum, OptimizerType.Sgd, OptimizerType.RmsProp);
        Only("nesterov", o.Nesterov, OptimizerType.Sgd);
        Only("alpha", o.Alpha, OptimizerType.RmsProp);
        Only("centered", o.Centered, OptimizerType.RmsProp);
        Only("epsilon", o.Epsilon, OptimizerType.RmsProp, OptimizerType.Adam, OptimizerType.AdamW);
        Only("beta1", o.Beta1, OptimizerType.Adam, OptimizerType.AdamW);
        Only("beta2", o.Beta2, OptimizerType.Adam, OptimizerType.AdamW);
        Only("weightDecay", o.WeightDecay, OptimizerType.Sgd, OptimizerType.RmsProp, OptimizerType.Adam, OptimizerType.AdamW);
        if (o is { Nesterov: true, Type: OptimizerType.Sgd } && o.Momentum is null or 0) faults.Meaningless("optimizer.nesterov", Problems.NesterovNeedsMomentum());

        void Only(string field, object? given, params ReadOnlySpan<OptimizerType> types)
        {
            if (given is not null && !types.Contains(o.Type)) faults.Meaningless($"optimizer.{field}", Problems.NotOfThisType(field, o.Type.ToString(), [.. types.ToArray().Select(t => t.ToString())]));
        }
    }

    private void CheckSchedule()
    {
        if (request.LearningRateSchedule is not { } s || faults.Has("learningRateSchedule")) return;
        Only("everyEpochs", s.EveryEpochs, ScheduleType.Step);
        Only("factor", s.Factor, ScheduleType.Step, ScheduleType.Exponential, ScheduleType.ReduceOnPlateau);
        Only("monitor", s.Monitor, ScheduleType.ReduceOnPlateau);
        Only("patience", s.Patience, ScheduleType.ReduceOnPlateau);
        Only("minDelta", s.MinDelta, ScheduleType.ReduceOnPlateau);
        Only("minimum", s.Minimum, ScheduleType.Cosine, ScheduleType.ReduceOnPlateau);

        void Only(string field, object? given, params ReadOnlySpan<ScheduleType> types)
        {
            if (given is not null && !types.Contains(s.Type))
                faults.Meaningless($"learningRateSchedule.{field}", Problems.NotOfThisType(field, s.Type.ToString(), [.. types.ToArray().Select(t => t.ToString())]));
        }
    }

    private void CheckMonitors()
    {
        if (request.EarlyStopping is { } stop) CheckMonitor("earlyStopping.monitor", stop.Monitor);
        if (request.LearningRateSchedule is { Type: ScheduleType.ReduceOnPlateau, Monitor: { } monitor }) CheckMonitor("learningRateSchedule.monitor", monitor);
        if (request.StopWhen is not { } when) return;
        if (when is { TrainingLoss: null, TrainingAccuracy: null, ValidationLoss: null, ValidationAccuracy: null, Seconds: null }) faults.Meaningless("stopWhen", Problems.NoCondition());
        if (when.ValidationLoss is not null) CheckMonitor("stopWhen.validationLoss", Engine.Monitor.ValidationLoss);
        if (when.ValidationAccuracy is not null) CheckMonitor("stopWhen.validationAccuracy", Engine.Monitor.ValidationAccuracy);
        if (when.TrainingAccuracy is not null && data?.Plan?.Kind == TargetKind.Values) faults.Meaningless("stopWhen.trainingAccuracy", Problems.NoClasses());

        void CheckMonitor(string path, Engine.Monitor figure)
        {
            if (faults.Has(path)) return;
            if (figure is not Engine.Monitor.TrainingLoss && !PartCheck.Validates(request)) faults.Meaningless(path, Problems.NoValidationRows(figure.ToString()));
            else if (figure is Engine.Monitor.ValidationAccuracy && data?.Plan?.Kind == TargetKind.Values) faults.Meaningless(path, Problems.NoClasses());
        }
    }

    private void CheckInitialWeights()
    {
        if (request.InitialWeights is not { } first || faults.Has("initialWeights")) return;
        if (first.Version is not null == first.Layers is not null)
        {
            faults.Meaningless("initialWeights", Problems.OneKindOfWeights());
            return;
        }

        if (first.Layers is null || definition is null) return;
        int? outputs = definition.Layers[^1].Units ?? data?.Plan?.Outputs;
        WeightsCheck.Run(first.Layers, definition, definition.InputSize ?? data?.Width, outputs, "initialWeights.layers", faults);
    }
}

/// <summary>Checks explicit weights against a definition: also a trace and an error surface take them.</summary>
internal static class WeightsCheck
{
    /// <summary>Adds a fault for each layer of another shape; sizes that are not known are not asked for.</summary>
    public static void Run(IReadOnlyList<LayerWeights> layers, Definition definition, int? inputs, int? outputs, string path, Faults faults)
    {
        if (faults.Has(path)) return;
        if (layers.Count != definition.Layers.Count)
        {
            faults.Meaningless(path, Problems.WrongLayerCount(layers.Count, definition.Layers.Count));
            return;
        }

        for (int i = 0; i < layers.Count; i++)
        {
            int? units = i == layers.Count - 1 ? outputs ?? definition.Layers[i].Units : definition.Layers[i].Units;
            int? width = i == 0 ? inputs : definition.Layers[i - 1].Units;
            var (weights, biases) = (layers[i].Weights, layers[i].Biases);
            string at = $"{path}[{i}]";
            if (units is { } u && weights.Length != u) faults.Meaningless($"{at}.weights", Problems.WrongLength("row", weights.Length, u, u));
            if (biases.Length != (units ?? weights.Length)) faults.Meaningless($"{at}.biases", Problems.WrongLength("number", biases.Length, units ?? weights.Length, units ?? weights.Length));
            else if (!definition.Layers[i].Bias && biases.Any(b => b != 0)) faults.Meaningless($"{at}.biases", Problems.BiasWithoutUse());
            int columns = width ?? weights.FirstOrDefault()?.Length ?? 0;
            if (columns == 0 || weights.Length == 0 && units is null) faults.Meaningless($"{at}.weights", Problems.EmptyWeights());
            for (int j = 0; j < weights.Length; j++)
            {
                if (weights[j].Length != columns) faults.Meaningless($"{at}.weights[{j}]", Problems.WrongLength("number", weights[j].Length, columns, columns));
            }
        }
    }
}
