namespace NeuralService.Engine;

/// <summary>
/// The threads of one training. Work is cut into pieces that write different outputs; whoever is free takes the next piece, so that a core which others
/// keep busy costs its own share and no more. Who computes a piece changes no bit (design law 3).
/// </summary>
internal sealed class Crew : IDisposable
{
    // A hand-over every few dozen microseconds must not pay for waking a thread, and a thread that waits longer must not keep a core from others.
    private const int Spins = 2000;

    // A ticket is the run's number (24 bits), its pieces (20 bits) and the next piece (20 bits), so that one compare-and-swap both proves the run current and takes a piece.
    private const int FieldBits = 20;
    private const long Field = (1L << FieldBits) - 1;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim[] _wake; // of each thread of its own
    private readonly int[] _parked;         // 1 where that thread waits to be woken
    private readonly SemaphoreSlim _finished = new(0);
    private Action<int, int>? _work;
    private Exception? _fault;
    private long _ticket;
    private int _run, _left, _wanted, _callerParked;
    private volatile bool _ended;

    /// <param name="threads">How many, the caller's included.</param>
    /// <param name="threadStarts">Called on each thread of the crew's own when it starts; null for nothing.</param>
    public Crew(int threads, Action? threadStarts)
    {
        Threads = threads;
        _helpers = new Thread[threads - 1];
        _wake = [.. _helpers.Select(_ => new SemaphoreSlim(0))];
        _parked = new int[threads - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            int number = i;
            _helpers[i] = new Thread(() =>
            {
                threadStarts?.Invoke();
                Help(number);
            })
            {
                IsBackground = true,
                Name = $"training helper {i + 1}",
            };
        }

        foreach (var helper in _helpers) helper.Start();
    }

    /// <summary>How many threads there are, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Runs all pieces of some work; returns when the last has ended.</summary>
    /// <param name="work">Called with the number of each piece and that of the thread, below <see cref="Threads"/>, on which it runs.</param>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="threads">How many threads may take part, the caller's included.</param>
    public void Run(Action<int, int> work, int pieces, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pieces, Field);
        if (threads <= 1 || pieces <= 1 || _helpers.Length == 0)
        {
            for (int piece = 0; piece < pieces; piece++) work(piece, 0);
            return;
        }

        _work = work;
        _wanted = Math.Min(threads - 1, _helpers.Length);
        Volatile.Write(ref _left, pieces);
        _run = (_run + 1) & 0xFFFFFF;
        Interlocked.Exchange(ref _ticket, ((long)_run << (2 * FieldBits)) | ((long)pieces << FieldBits));
        for (int i = 0; i < _wanted; i++) Wake(i);
        TakePieces(worker: 0);
        AwaitLast();
        if (_fault is { } fault)
        {
            _fault = null;
            throw new InvalidOperationException("A part of the training failed.", fault);
        }
    }

    public void Dispose()
    {
        _ended = true;
        for (int i = 0; i < _helpers.Length; i++) Wake(i);
        foreach (var helper in _helpers) helper.Join();
        foreach (var wake in _wake) wake.Dispose();
        _finished.Dispose();
    }

    private void Help(int number)
    {
        while (!_ended)
        {
            if (number < Volatile.Read(ref _wanted) && TakePieces(number + 1)) continue;
            if (!SpinUntilWork(number)) Park(number);
        }
    }

    private bool SpinUntilWork(int number)
    {
        for (int i = 0; i < Spins; i++)
        {
            if (HasWork(number) || _ended) return true;
            Thread.SpinWait(4);
        }

        return false;
    }

    private void Park(int number)
    {
        Interlocked.Exchange(ref _parked[number], 1);
        bool goesOn = HasWork(number) || _ended; // what was published before the mark was seen
        if (goesOn && Interlocked.Exchange(ref _parked[number], 0) == 1) return;
        _wake[number].Wait();
    }

    // Whoever takes the mark back wakes the thread, once.
    private void Wake(int number)
    {
        if (Volatile.Read(ref _parked[number]) == 1 && Interlocked.Exchange(ref _parked[number], 0) == 1) _wake[number].Release();
    }

    private bool HasWork(int number)
    {
        long ticket = Volatile.Read(ref _ticket);
        return number < Volatile.Read(ref _wanted) && (ticket & Field) < ((ticket >> FieldBits) & Field);
    }

    /// <summary>Takes pieces until none is left; false where there was none.</summary>
    private bool TakePieces(int worker)
    {
        bool any = false;
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket), piece = ticket & Field;
            if (piece >= ((ticket >> FieldBits) & Field)) return any;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) continue;
            any = true;
            try
            {
                _work!((int)piece, worker);
            }
            catch (Exception e)
            {
                _fault = e;
            }

            if (Interlocked.Decrement(ref _left) == 0 && Volatile.Read(ref _callerParked) == 1) _finished.Release();
        }
    }

    private void AwaitLast()
    {
        for (int i = 0; i < Spins; i++)
        {
            if (Volatile.Read(ref _left) == 0) return;
            Thread.SpinWait(4);
        }

        Interlocked.Exchange(ref _callerParked, 1);
        while (Volatile.Read(ref _left) != 0) _finished.Wait(millisecondsTimeout: 1);
        Interlocked.Exchange(ref _callerParked, 0);
        while (_finished.Wait(0))
        {
            // Takes back what was released too late.
        }
    }
}
