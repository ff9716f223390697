using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService;

/// <content>Refusals and sentences about traces and error surfaces.</content>
public static partial class Problems
{
    /// <summary>422: a network too large to be looked at by hand.</summary>
    public static Refusal TooLargeToTrace(long parameters, long most) => new(422, "Network too large",
        $"The network has {Number(parameters)} parameters; a trace shows the gradient of each, for at most {Number(most)}.");

    /// <summary>422: a surface that takes too long.</summary>
    public static Refusal TooMuchWork(long rows, long points, long parameters, long most) => new(422, "Surface too large",
        $"{Number(rows)} rows at {Number(points)} points of a network with {Number(parameters)} parameters are too much for one answer; rows × points × (parameters + 50) may be {Number(most)} at most. Take fewer steps or fewer rows.");

    /// <summary>422: numbers that left the range of double.</summary>
    public static Refusal TraceNotFinite() => new(422, "No finite answer", "A value of this trace is not a finite number: input, weights or learning rate are too large.");

    /// <summary>Both a version and explicit weights.</summary>
    public static string VersionOrLayers() => "Give either a version or layers; both were given.";

    /// <summary>A version named twice.</summary>
    public static string VersionGivenTwice() => "The version is given in the query as well; give it once.";

    /// <summary>Neither or both forms of an input.</summary>
    public static string InputOrRow() => "Give either input (the values that the first layer takes) or row (raw values by column, which the version encodes).";

    /// <summary>A raw row without a version to encode it.</summary>
    public static string RowNeedsVersion() => "A row is encoded by a version; with layers give input, the values that the first layer takes.";

    /// <summary>Neither or both forms of a target.</summary>
    public static string TargetOrLabel() => "Give either target (one number for each output) or label (the name of the class).";

    /// <summary>A label where the outputs are no classes.</summary>
    public static string LabelNeedsClasses() => "The outputs are numbers, not classes; give target, one number for each output.";

    /// <summary>A gradient check that would take too long.</summary>
    public static string GradientCheckTooLarge(long parameters, long most) =>
        $"The network has {Number(parameters)} parameters; the check runs it twice for each, for at most {Number(most)}.";

    /// <summary>A gradient check of a rule that is none.</summary>
    public static string NoGradientToCheck() => "The perceptron rule, (ŷ − y)·x, is no derivative of a loss, so there is nothing to hold it against.";

    /// <summary>Weights without a value.</summary>
    public static string EmptyWeights() => "At least one row with at least one weight is needed.";

    /// <summary>Biases of a layer that has none.</summary>
    public static string BiasWithoutUse() => "This layer has no bias; its biases must be 0.";

    /// <summary>An axis over no or two parameters.</summary>
    public static string WeightOrBias() => "Give either weight ([unit, input]) or bias (the unit), counted from 0.";

    /// <summary>An index that the network does not have.</summary>
    public static string NoSuchPart(string what, int given, int count) => $"There is no {what} {given}; {(count == 1 ? "the only one is 0" : $"they are 0 to {count - 1}")}.";

    /// <summary>An axis over the bias of a layer without one.</summary>
    public static string LayerWithoutBias(int layer) => $"Layer {layer} has no biases.";

    /// <summary>An axis without extent.</summary>
    public static string EmptyAxis(double value) => $"from and to are both {value}; an axis needs two different values.";

    /// <summary>The same parameter on both axes.</summary>
    public static string SameParameter() => "Both axes are the same parameter; the second must be another.";

    /// <summary>Fields about the encoding where the version brings it.</summary>
    public static string VersionEncodes() => "The version brings its own encoding; leave this out, or give layers instead of a version.";

    /// <summary>Target columns that do not make the outputs.</summary>
    public static string WrongTargetColumns(int given, int outputs, TargetKind kind) =>
        $"{Number(given)} target column{(given == 1 ? " was" : "s were")} given; the version needs {(kind == TargetKind.Classes ? "1, of classes" : Number(outputs))}.";

    /// <summary>A class of a table that the version does not know.</summary>
    public static string ClassNotOfVersion(string label, string column, IEnumerable<string> known) =>
        $"The column \"{Short(column)}\" holds \"{Short(label)}\", which is no class of the version; {DidYouMean(label, known.Take(20))}";
}
