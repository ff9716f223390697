using Microsoft.ML.OnnxRuntime;

namespace NeuralService.Benchmarks;

/// <summary>ONNX Runtime in this process, on one thread, with input and output where they are: arrays that are pinned once.</summary>
internal sealed class OnnxPeer : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _run = new();
    private readonly OrtValue[] _inputs;
    private readonly OrtValue[] _outputs;
    private readonly string[] _inputNames = [OnnxModel.Input];
    private readonly string[] _outputNames = [OnnxModel.Output];

    private OnnxPeer(PredictionCase prediction, bool transposed, bool prepacked)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        options.AddSessionConfigEntry("session.disable_prepacking", prepacked ? "0" : "1");
        _session = new InferenceSession(OnnxModel.Write(prediction.Network(), prediction.Rows, transposed), options);
        Outputs = new float[prediction.Rows * prediction.Layers[^1]];
        _inputs = [OrtValue.CreateTensorValueFromMemory(prediction.Inputs(), [prediction.Rows, prediction.Layers[0]])];
        _outputs = [OrtValue.CreateTensorValueFromMemory(Outputs, [prediction.Rows, prediction.Layers[^1]])];
        _binding = _session.CreateIoBinding();
        _binding.BindInput(OnnxModel.Input, _inputs[0]);
        _binding.BindOutput(OnnxModel.Output, _outputs[0]);
        Setting = $"weights {(transposed ? "[units, inputs]" : "[inputs, units]")}, {(prepacked ? "packed at the start" : "as they are")}";
    }

    /// <summary>How the session was set up.</summary>
    public string Setting { get; }

    /// <summary>What the last call answered.</summary>
    public float[] Outputs { get; }

    /// <summary>Version of the package.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>A session for each way to hold the weights; which one is the fastest depends on the rows of a call.</summary>
    public static OnnxPeer[] AllSettings(PredictionCase prediction) =>
    [
        new(prediction, transposed: false, prepacked: true), new(prediction, transposed: false, prepacked: false),
        new(prediction, transposed: true, prepacked: true), new(prediction, transposed: true, prepacked: false),
    ];

    /// <summary>Answers the rows, through a binding made once.</summary>
    public void AnswerBound() => _session.RunWithBinding(_run, _binding);

    /// <summary>Answers the rows, names and values given with the call.</summary>
    public void AnswerNamed() => _session.Run(_run, _inputNames, _inputs, _outputNames, _outputs);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs[0].Dispose();
        _outputs[0].Dispose();
        _run.Dispose();
        _session.Dispose();
    }
}
