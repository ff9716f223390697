using NeuralService.Engine;
using NeuralService.Storage;

namespace NeuralService.Training;

/// <summary>From a checked request to the engine's options, and from its result to figures and warnings.</summary>
internal static class TrainingSetup
{
    /// <summary>The engine's options for a job.</summary>
    public static TrainingOptions Options(TrainingRequest request, PreparedData prepared, TrainingJobRow job) => new()
    {
        Epochs = request.Epochs,
        BatchSize = (request.BatchSize ?? new BatchSize(32)).Rows,
        Optimizer = Optimizer(request.Optimizer, prepared.Definition.Loss),
        Schedule = Schedule(request.LearningRateSchedule, prepared.Validation is not null),
        L1 = request.Regularization?.L1 ?? 0,
        L2 = request.Regularization?.L2 ?? 0,
        MaxGradientNorm = request.Regularization?.MaxGradientNorm,
        EarlyStopping = request.EarlyStopping is { } stop ? new EarlyStopping(stop.Monitor, stop.Patience, stop.MinDelta, stop.RestoreBest) : null,
        StopWhen = request.StopWhen is not { } when ? null : new StopWhen
        {
            TrainingLoss = when.TrainingLoss, TrainingAccuracy = when.TrainingAccuracy,
            ValidationLoss = when.ValidationLoss, ValidationAccuracy = when.ValidationAccuracy, Seconds = when.Seconds,
        },
        Shuffle = request.Shuffle,
        Seed = (ulong)job.Seed,
        Classifies = prepared.Classifies,
        ExactHistory = request.ExactHistory ? true : null,
    };

    /// <summary>The rule a job trains by: what it asked for, with the rule's own defaults.</summary>
    public static OptimizerSettings Optimizer(OptimizerRequest? request, Loss loss)
    {
        var type = TypeOf(request, loss);
        var defaults = new OptimizerSettings();
        return new OptimizerSettings
        {
            Type = type,
            LearningRate = request?.LearningRate ?? type switch
            {
                OptimizerType.Sgd or OptimizerType.RmsProp => 0.01,
                OptimizerType.Perceptron => 1,
                _ => 0.001,
            },
            Momentum = request?.Momentum ?? 0,
            Nesterov = request?.Nesterov ?? false,
            Alpha = request?.Alpha ?? defaults.Alpha,
            Epsilon = request?.Epsilon ?? defaults.Epsilon,
            Centered = request?.Centered ?? false,
            Beta1 = request?.Beta1 ?? defaults.Beta1,
            Beta2 = request?.Beta2 ?? defaults.Beta2,
            WeightDecay = request?.WeightDecay ?? (type == OptimizerType.AdamW ? 0.01 : 0),
        };
    }

    /// <summary>Which rule: adam where none is asked for, but perceptron where the loss is that rule's.</summary>
    public static OptimizerType TypeOf(OptimizerRequest? request, Loss loss) =>
        request?.Type ?? (loss == Loss.Perceptron ? OptimizerType.Perceptron : OptimizerType.Adam);

    /// <summary>A network with the weights of a request, which have been checked.</summary>
    public static Network NetworkOf(NetworkDefinition definition, IReadOnlyList<LayerWeights> layers)
    {
        var network = new Network(definition, new float[definition.ParameterCount]);
        for (int i = 0; i < layers.Count; i++)
        {
            float[] weights = [.. layers[i].Weights.SelectMany(row => row).Select(v => (float)v)];
            if (weights.Length != network.Weights(i).Length || layers[i].Biases.Length != network.Biases(i).Length) throw new UntrainableException(Problems.InitialLayerShape(i, definition));
            weights.CopyTo(network.Weights(i));
            Array.ConvertAll(layers[i].Biases, v => (float)v).CopyTo(network.Biases(i));
        }

        return network;
    }

    /// <summary>Whether two definitions have parameters of the same shapes.</summary>
    public static bool SameShape(NetworkDefinition one, NetworkDefinition other) =>
        one.InputSize == other.InputSize && one.Layers.Select(l => l.Units).SequenceEqual(other.Layers.Select(l => l.Units));

    /// <summary>Measures the kept weights on every part, beside the trivial model.</summary>
    public static JobMetrics Measure(Network network, PreparedData data, TrainingRequest request)
    {
        var scales = data.Classifies ? null : data.Targets.Scales;
        var (loss, output) = (network.Definition.Loss, network.Definition.Output);
        var metrics = JobMetrics.Of(Of(data.Training)!, Of(data.Validation), Of(data.Test));
        return metrics with
        {
            RegularizationLoss = Evaluator.RegularizationLoss(network, request.Regularization?.L1 ?? 0, request.Regularization?.L2 ?? 0),
            Baseline = JobMetrics.Of(Trivial(data.Training)!, Trivial(data.Validation), Trivial(data.Test)),
        };

        Metrics? Of(Samples? samples) => samples is null ? null : Evaluator.Evaluate(network, samples, data.Classifies, scales);

        Metrics? Trivial(Samples? samples) => samples is null ? null : Evaluator.Baseline(loss, output, data.Training, samples, data.Classifies, scales);
    }

    /// <summary>Doubts about a result.</summary>
    public static IEnumerable<string> WarningsAbout(TrainingRequest request, PreparedData prepared, StopReason reason)
    {
        if (TypeOf(request.Optimizer, prepared.Definition.Loss) == OptimizerType.Perceptron && reason is not (StopReason.Converged or StopReason.StopWhen)) yield return Problems.NotConverged();
        bool standardised = prepared.Targets.Kind == TargetKind.Values && request.Data.Dataset is not null;
        if (standardised && prepared.Definition.Output.Activation is Activation.Sigmoid or Activation.Softmax or Activation.Tanh or Activation.Relu)
            yield return Problems.OutputCannotReach(prepared.Definition.Output.Activation);
    }

    private static LearningRateSchedule Schedule(ScheduleRequest? request, bool validates)
    {
        var defaults = new LearningRateSchedule();
        if (request is null) return defaults;
        return new LearningRateSchedule
        {
            Type = request.Type,
            EveryEpochs = request.EveryEpochs ?? defaults.EveryEpochs,
            Factor = request.Factor ?? defaults.Factor,
            Monitor = request.Monitor ?? (validates ? Engine.Monitor.ValidationLoss : Engine.Monitor.TrainingLoss),
            Patience = request.Patience ?? defaults.Patience,
            MinDelta = request.MinDelta ?? defaults.MinDelta,
            Minimum = request.Minimum ?? 0,
            WarmupEpochs = request.WarmupEpochs,
        };
    }
}
