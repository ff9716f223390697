using System.Diagnostics;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>Answers rows with this engine and with ONNX Runtime, in one process and in turn, one thread each.</summary>
/// <remarks>ONNX Runtime counts in the fastest of its settings. Both must answer the same probabilities before anything is timed.</remarks>
internal static class PredictionBenchmark
{
    /// <summary>Measures and prints the table.</summary>
    public static int Run(string[] args)
    {
        var arguments = new Arguments(args, "rounds", "milliseconds");
        int rounds = arguments.Number("rounds", 11), milliseconds = arguments.Number("milliseconds", 200);
        double peak = FmaPeak.Measure(threads: 1);
        var table = new MarkdownTable("", "microseconds", "rows/s", "of the FMA peak", "ONNX Runtime, microseconds", "rows/s", "of the FMA peak", "ratio", "its setting");
        var spread = new MarkdownTable("", "who", "microseconds, median", "least", "most");
        foreach (var prediction in PredictionCase.All)
        {
            Timing[] timings = Measure(prediction, rounds, TimeSpan.FromMilliseconds(milliseconds));
            peak = Math.Max(peak, FmaPeak.Measure(threads: 1));
            var ours = timings[0];
            var best = timings[1..].MinBy(t => t.Median)!;
            table.Add(
                prediction.Title, $"{ours.Median:G4}", $"{prediction.Rows / ours.Median * 1e6:N0}", $"{prediction.Operations / ours.Median / 1e3 / peak:P0}",
                $"{best.Median:G4}", $"{prediction.Rows / best.Median * 1e6:N0}", $"{prediction.Operations / best.Median / 1e3 / peak:P0}",
                $"{best.Median / ours.Median:F2}", best.Name);
            foreach (var timing in timings) spread.Add(prediction.Title, timing.Name, $"{timing.Median:G4}", $"{timing.Microseconds.Min():G4}", $"{timing.Microseconds.Max():G4}");
        }

        table.Print("Prediction in process, one thread");
        spread.Print("Every setting");
        Console.WriteLine($"{Machine.Description}; ONNX Runtime {OnnxPeer.Version}.");
        Console.WriteLine($"FMA peak of 1 thread, best of the run: {peak:F1} GFLOP/s. {rounds} rounds of {milliseconds} ms in turn.");
        return 0;
    }

    private static Timing[] Measure(PredictionCase prediction, int rounds, TimeSpan duration)
    {
        var predictor = new Predictor(prediction.Network());
        float[] inputs = prediction.Inputs(), outputs = new float[prediction.Rows * prediction.Layers[^1]];
        OnnxPeer[] peers = OnnxPeer.AllSettings(prediction);
        try
        {
            Timing[] timings =
            [
                new(Contestant.EngineName, () => predictor.Forward(inputs, prediction.Rows, outputs)),
                .. peers.Select(p => new Timing(p.Setting + ", bound", p.AnswerBound)),
                .. peers.Select(p => new Timing(p.Setting, p.AnswerNamed)),
            ];
            foreach (var timing in timings) timing.WarmUp();
            foreach (var peer in peers) AssertSame(outputs, peer.Outputs);
            for (int round = 0; round < rounds; round++)
            {
                Machine.WaitUntilIdle();
                foreach (var timing in timings) timing.Measure(duration);
            }

            return timings;
        }
        finally
        {
            foreach (var peer in peers) peer.Dispose();
        }
    }

    private static void AssertSame(float[] ours, float[] theirs)
    {
        double difference = ours.Zip(theirs).Max(p => Math.Abs((double)p.First - p.Second));
        if (!(difference < 1e-5)) throw new InvalidOperationException($"The answers differ by {difference}: what is timed is not the same.");
    }

    /// <summary>The times of one call, round by round.</summary>
    private sealed class Timing(string name, Action answer)
    {
        private const double WarmUpSeconds = 0.3; // enough for the compiler's last tier

        private int _block = 1;

        public string Name => name;

        public List<double> Microseconds { get; } = [];

        public double Median => Microseconds.Median();

        /// <summary>Calls until the code is warm, and finds how many calls take a millisecond, so that reading the clock costs nothing.</summary>
        public void WarmUp()
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds) answer();
            for (; Block(_block) < 0.001; _block *= 2)
            {
            }
        }

        /// <summary>One round: blocks of calls for a while.</summary>
        public void Measure(TimeSpan duration)
        {
            double seconds = 0;
            long calls = 0;
            for (; seconds < duration.TotalSeconds; calls += _block) seconds += Block(_block);
            Microseconds.Add(seconds / calls * 1e6);
        }

        private double Block(int calls)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) answer();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
