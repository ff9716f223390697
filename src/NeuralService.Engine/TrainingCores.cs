namespace NeuralService.Engine;

/// <summary>The processor cores that the trainings of a process share: each takes its part, and more when it is alone.</summary>
/// <param name="count">How many; at least one.</param>
/// <param name="threadStarts">Called on each thread that a training starts, to set its priority, say; null for nothing.</param>
public sealed class TrainingCores(int count, Action? threadStarts = null)
{
    private int _running;

    /// <summary>How many.</summary>
    public int Count { get; } = count >= 1 ? count : throw new ArgumentOutOfRangeException(nameof(count), count, "A training takes at least one core.");

    internal Action? ThreadStarts { get; } = threadStarts;

    /// <summary>Called before each piece of work with the number of the thread that took it. Each step is then split among all threads, however small it is: for tests.</summary>
    internal Action<int>? EachPiece { get; init; }

    /// <summary>Threads that one training may use at the moment.</summary>
    internal int Share => Math.Max(1, Count / Math.Max(1, Volatile.Read(ref _running)));

    internal void Enter() => Interlocked.Increment(ref _running);

    internal void Leave() => Interlocked.Decrement(ref _running);
}
