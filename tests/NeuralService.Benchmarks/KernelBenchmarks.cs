namespace NeuralService.Benchmarks;
internal static class KernelBenchmarks { public static int Run(string[] a) => a.Length; }
