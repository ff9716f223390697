using System.Runtime.ExceptionServices;

namespace NeuralService.Engine;

/// <summary>
/// The threads of one training. Work is cut into pieces that write different outputs; whoever is free takes the next piece, so that a core which others
/// keep busy costs its own share and no more. Who computes a piece changes no bit (design law 3).
/// </summary>
internal sealed class Crew : IDisposable
{
    // A hand-over every few dozen microseconds must not pay for waking a thread, and a thread that waits longer must not keep a core from others.
    private const int Spins = 2000;

    // A ticket is the threads that may take part, the pieces of the run and the next piece, so that one compare-and-swap both proves that these are still so
    // and takes the piece. A ticket of an earlier run that is equal to one of this run takes a piece of this run, as it should.
    private const int FieldBits = 20;
    private const long Field = (1L << FieldBits) - 1;

    private readonly Helper[] _helpers;
    private readonly Action<int>? _eachPiece;
    private readonly SemaphoreSlim _finished = new(0);
    private Action<int, int>? _work;
    private Exception? _fault;
    private long _ticket;
    private int _left, _callerParked;
    private volatile bool _ended;

    /// <param name="threads">How many, the caller's included.</param>
    /// <param name="threadStarts">Called on each thread of the crew's own when it starts; null for nothing.</param>
    /// <param name="eachPiece">Called before each piece with the number of the thread that took it; null for nothing.</param>
    public Crew(int threads, Action? threadStarts, Action<int>? eachPiece = null)
    {
        (Threads, _eachPiece) = (threads, eachPiece);
        _helpers = [.. Enumerable.Range(1, threads - 1).Select(number => new Helper(number, threadStarts, Help))];
        foreach (var helper in _helpers) helper.Thread.Start();
    }

    /// <summary>How many threads there are, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Largest number of pieces of a run.</summary>
    public static int MaxPieces => (int)Field;

    /// <summary>Runs all pieces of some work; returns when the last has ended.</summary>
    /// <param name="work">Called with the number of each piece and that of the thread, below <see cref="Threads"/>, on which it runs. An exception is the caller's.</param>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="threads">How many threads may take part, the caller's included.</param>
    public void Run(Action<int, int> work, int pieces, int threads)
    {
        threads = Math.Min(Math.Min(threads, Threads), pieces);
        if (threads <= 1)
        {
            for (int piece = 0; piece < pieces; piece++) Do(work, piece, 0);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(pieces, MaxPieces);
        _work = work;
        Volatile.Write(ref _left, pieces);
        Interlocked.Exchange(ref _ticket, ((long)threads << (2 * FieldBits)) | ((long)pieces << FieldBits));
        for (int i = 0; i < threads - 1; i++) _helpers[i].Wake();
        TakePieces(worker: 0);
        AwaitLast();
        if (_fault is not { } fault) return;
        _fault = null;
        ExceptionDispatchInfo.Throw(fault);
    }

    public void Dispose()
    {
        _ended = true;
        Interlocked.MemoryBarrier(); // the flags are read after this is seen
        foreach (var helper in _helpers) helper.Wake();
        foreach (var helper in _helpers) helper.Thread.Join();
    }

    private void Help(Helper helper)
    {
        while (!_ended)
        {
            if (!TakePieces(helper.Number) && !SpinUntilWork(helper.Number)) helper.Park(this);
        }
    }

    private bool SpinUntilWork(int worker)
    {
        for (int i = 0; i < Spins; i++)
        {
            if (IsWanted(worker)) return true;
            Thread.SpinWait(4);
        }

        return false;
    }

    private bool IsWanted(int worker) => _ended || HasPiece(Volatile.Read(ref _ticket), worker);

    private static bool HasPiece(long ticket, int worker) => (ticket & Field) < ((ticket >> FieldBits) & Field) && worker < ticket >> (2 * FieldBits);

    /// <summary>Takes pieces until none is left; false where there was none for this thread.</summary>
    private bool TakePieces(int worker)
    {
        bool any = false;
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            if (!HasPiece(ticket, worker)) return any;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) continue;
            any = true;
            try
            {
                Do(_work!, (int)(ticket & Field), worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _fault, e, null);
            }

            if (Interlocked.Decrement(ref _left) == 0 && Interlocked.Exchange(ref _callerParked, 0) == 1) _finished.Release();
        }
    }

    private void Do(Action<int, int> work, int piece, int worker)
    {
        _eachPiece?.Invoke(worker);
        work(piece, worker);
    }

    private void AwaitLast()
    {
        for (int i = 0; i < Spins; i++)
        {
            if (Volatile.Read(ref _left) == 0) return;
            Thread.SpinWait(4);
        }

        // Whoever takes the flag down releases the semaphore once. That may be the last of the run before this one, so the caller looks again.
        while (Volatile.Read(ref _left) != 0)
        {
            Interlocked.Exchange(ref _callerParked, 1);
            if (Volatile.Read(ref _left) == 0 && Interlocked.Exchange(ref _callerParked, 0) == 1) return;
            _finished.Wait();
        }
    }

    /// <summary>A thread of the crew's own.</summary>
    private sealed class Helper
    {
        private readonly SemaphoreSlim _wake = new(0);
        private int _parked;

        public Helper(int number, Action? starts, Action<Helper> help)
        {
            Number = number;
            Thread = new Thread(() =>
            {
                starts?.Invoke();
                help(this);
            })
            {
                IsBackground = true,
                Name = $"training helper {number}",
            };
        }

        /// <summary>From 1; the caller is 0.</summary>
        public int Number { get; }

        public Thread Thread { get; }

        /// <summary>Sleeps until it is woken, unless it is wanted already.</summary>
        public void Park(Crew crew)
        {
            // Whoever takes the flag down releases the semaphore once, so none is left over that would wake it for nothing.
            Interlocked.Exchange(ref _parked, 1);
            if (crew.IsWanted(Number) && Interlocked.Exchange(ref _parked, 0) == 1) return;
            _wake.Wait();
        }

        /// <summary>Wakes it where it sleeps.</summary>
        public void Wake()
        {
            if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1) _wake.Release();
        }
    }
}
