namespace NeuralService.Benchmarks;
internal static class PredictionBenchmark { public static int Run(string[] a) => a.Length; }
internal static class KernelBenchmarks { public static int Run(string[] a) => a.Length; }
