namespace NeuralService.Engine.Tests;

/// <summary>Proves that a training's work was split: the first time that each thread takes a piece, it waits there until all threads have taken one.</summary>
/// <param name="threads">How many threads must come.</param>
internal sealed class Meeting(int threads)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // on a machine that is busy with other things

    private readonly CountdownEvent _missing = new(threads);
    private readonly long[] _pieces = new long[threads];
    private readonly bool[] _came = new bool[threads];

    /// <summary>Whether threads wait for each other from now on; before there may be too few pieces for all.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Pieces that each thread took.</summary>
    public IReadOnlyList<long> Pieces => _pieces;

    /// <summary>Cores that take part.</summary>
    public TrainingCores Cores => new(threads) { EachPiece = Take };

    /// <summary>Called by each thread before each of its pieces.</summary>
    public void Take(int worker)
    {
        long pieces = _pieces[worker]++;
        if (pieces % 3 == worker % 3) Thread.Yield(); // so that the threads do not always come in the same order
        if (!IsOpen || _missing.IsSet) return;
        if (_came[worker]) return;
        _came[worker] = true;
        _missing.Signal();
        if (!_missing.Wait(Patience)) throw new TimeoutException("Not every thread took a piece.");
    }
}
