namespace NeuralService.Engine;

/// <summary>What training makes small.</summary>
public enum Loss
{
    /// <summary>Cross-entropy in nats, mean over the rows; with a softmax output.</summary>
    CrossEntropy,

    /// <summary>Binary cross-entropy in nats, summed over the outputs, mean over the rows; with a sigmoid output.</summary>
    BinaryCrossEntropy,

    /// <summary>1/(2m) Σ‖ŷ − y‖² over the m rows of a batch; with any output.</summary>
    SquaredError,

    /// <summary>The share of rows classified wrongly; its gradient is (ŷ − y)·x; with one step layer.</summary>
    Perceptron,
}
