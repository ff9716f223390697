namespace NeuralService.Benchmarks;

/// <summary>What can be asked for on the command line.</summary>
internal static class Usage
{
    /// <summary>Exit code of a command line that means nothing.</summary>
    public const int WrongUse = 2;

    private const string Text = """
        dotnet run -c Release --project tests/NeuralService.Benchmarks -- VERB [options]

        training     trains the workloads of peers/workloads.json in this engine, PyTorch and scikit-learn, in turn, and prints tables
          --rounds N         rounds (5)
          --repeats N        trainings in each process of a round, of which the median counts (3)
          --workloads LIST   which (W1,W2,W3,W4,W5,W6), or none
          --threads LIST     numbers of threads (1,2)
          --python PATH      the interpreter that has the peers (/usr/bin/python3)
          --mnist FOLDER     also 784-128-10 on MNIST: the four IDX files, as they are or as .gz
        prediction   answers rows with this engine and with ONNX Runtime, in one process, one thread each
          --rounds N         rounds (11)
          --milliseconds N   time of each contestant in a round (200)
        kernels      BenchmarkDotNet on the engine's kernels; its own options may follow (--filter *Forward*, --job medium)
        peak         fused multiply-adds a second that this machine reaches
          --threads LIST     numbers of threads (1,2)
        run NAME     one workload in this process, as `training` starts it; prints one line of JSON
          --threads N        threads (1)
          --repeats N        trainings (3)
          --seed N           seed (1)
          --mnist FOLDER     for the workload MNIST
          --cold yes         no untimed training first

        The peers are Debian's python3-torch, python3-sklearn and libopenblas0-pthread; what is missing is left out and said.
        """;

    /// <summary>Prints the verbs.</summary>
    public static int Print()
    {
        Console.Error.WriteLine(Text);
        return WrongUse;
    }
}
