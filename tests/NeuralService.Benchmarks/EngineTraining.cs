using System.Diagnostics;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>The one place where the benchmark trains: a workload through the engine's public trainer.</summary>
internal static class EngineTraining
{
    /// <summary>Trains a fresh network.</summary>
    /// <returns>The network, and the seconds from the report of epoch 0, when everything is allocated, to that of the last epoch.</returns>
    public static (Network Network, double Seconds) Train(Workload workload, Samples samples, int threads, ulong seed)
    {
        var network = Network.Initialize(workload.Definition, seed);
        var options = new TrainingOptions
        {
            Epochs = workload.Epochs,
            BatchSize = workload.Batch,
            Optimizer = new OptimizerSettings { Type = workload.Optimizer, LearningRate = workload.LearningRate, Momentum = workload.Momentum },
            Schedule = new LearningRateSchedule { Type = workload.Schedule },
            Seed = seed,
            Classifies = workload.Loss == Loss.CrossEntropy,
        };
        _ = threads;
        var trainer = new Trainer(network, samples, null, options, TimeProvider.System);
        long first = 0, last = 0;
        trainer.Run(
            report =>
            {
                last = Stopwatch.GetTimestamp();
                if (report.Epoch == 0) first = last;
            },
            CancellationToken.None);
        return (network, Stopwatch.GetElapsedTime(first, last).TotalSeconds);
    }
}
