using NeuralService.Hosting;

namespace NeuralService;

/// <content>Refusals and sentences about networks and their definitions.</content>
public static partial class Problems
{
    /// <summary>404: no network of this name.</summary>
    public static Refusal NetworkNotFound(string name) => new(404, "Network not found", $"There is no network \"{Short(name)}\".");

    /// <summary>422: a body names a network that does not exist.</summary>
    public static string NoSuchNetwork(string name) => $"There is no network \"{Short(name)}\".";

    /// <summary>409: the name is taken.</summary>
    public static Refusal NetworkNameTaken(string name) => new(409, "Name taken",
        $"There is a network \"{name}\" already; PUT /api/v1/networks/{name} changes its definition.");

    /// <summary>409: a job of this network is open.</summary>
    public static Refusal NetworkInUse(string name, string jobId, string status) => new(409, "Network in use",
        $"The network \"{name}\" has an open training job ({jobId}, {status}); cancel it or wait for its end.");

    /// <summary>The name in the body is another than the one in the path.</summary>
    public static string OtherName(string path, string body) => $"\"{Short(body)}\" was given, but the path says \"{Short(path)}\"; a network cannot be renamed.";

    /// <summary>Softmax anywhere but last.</summary>
    public static string HiddenSoftmax() => "softmax is allowed on the last layer only.";

    /// <summary>Units left out anywhere but last.</summary>
    public static string UnitsMissing() => "units may be left out on the last layer only.";

    /// <summary>Dropout on the last layer.</summary>
    public static string DropoutOnOutput(double given) => $"{given} was given; the last layer takes no dropout.";

    /// <summary>A slope for an activation that has none.</summary>
    public static string SlopeWithoutUse(string activation) => $"negativeSlope belongs to leakyRelu; this layer is {activation}.";

    /// <summary>A loss that does not fit the output.</summary>
    public static string LossDoesNotFit(string loss, string output, int layers) =>
        $"{loss} was given with {(layers == 1 ? "one layer" : $"{layers} layers, the last")} of {output}; possible pairs are crossEntropy with softmax, binaryCrossEntropy with sigmoid, "
        + "perceptron with exactly one layer, which is step, and squaredError with any activation.";

    /// <summary>The perceptron loss with several units.</summary>
    public static string PerceptronUnits(int given) => $"{Number(given)} units were given; the perceptron loss takes a step layer of 1 unit.";

    /// <summary>More parameters than the setting allows.</summary>
    public static string TooManyParameters(long given, bool open, long most) =>
        $"The layers have {(open ? "at least " : "")}{Number(given)} parameters; at most {Number(most)} are allowed (Limits:Parameters).";

    /// <summary>A number beyond a setting.</summary>
    public static string OverLimit(string what, long given, string setting, long most) =>
        $"{Number(given)} {what} were given; allowed are at most {Number(most)} ({setting}).";
}
