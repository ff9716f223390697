using System.Diagnostics;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>The one place where the benchmark trains: a workload through the engine's public trainer.</summary>
internal static class EngineTraining
{
    /// <summary>Trains a fresh network.</summary>
    /// <returns>The network, and the time from the report of epoch 0, when everything is allocated, to that of the last epoch: by the wall and of the processor.</returns>
    public static (Network Network, double Seconds, double CpuSeconds) Train(Workload workload, Samples samples, int threads, ulong seed)
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
            ExactHistory = false, // no evaluation pass after an epoch, as the peers make none
        };
        var trainer = new Trainer(network, samples, null, options, TimeProvider.System, new TrainingCores(threads));
        long start = 0;
        double seconds = 0, cpuSeconds = 0;
        trainer.Run(
            report =>
            {
                if (report.Epoch == 0)
                {
                    cpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds;
                    start = Stopwatch.GetTimestamp();
                }
                else if (report.Epoch == workload.Epochs)
                {
                    seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    cpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds - cpuSeconds;
                }
            },
            CancellationToken.None);
        return (network, seconds, cpuSeconds);
    }
}
