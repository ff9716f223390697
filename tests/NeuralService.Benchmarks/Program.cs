using NeuralService.Benchmarks;

try
{
    return args switch
    {
        ["training", .. var options] => TrainingBenchmark.Run(options),
        ["prediction", .. var options] => PredictionBenchmark.Run(options),
        ["kernels", .. var options] => KernelBenchmarks.Run(options),
        ["peak", .. var options] => FmaPeak.Run(options),
        ["run", var workload, .. var options] => EngineRun.Run(workload, options),
        _ => Usage.Print(),
    };
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return Usage.WrongUse;
}
