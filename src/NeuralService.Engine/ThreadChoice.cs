namespace NeuralService.Engine;

/// <summary>
/// How many threads a training's steps run on, found by trying: the bits are the same on any number, so only time tells. The trial is repeated now and then,
/// because other work on the machine comes and goes.
/// </summary>
internal sealed class ThreadChoice
{
    private const int WarmUpSteps = 2, StepsEach = 4;
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly int[] _candidates; // 1, 2, 4, … and the largest
    private readonly long[] _best;
    private int _trial; // steps of the trial under way
    private int _chosen = 1;
    private long _started, _lastTrial;

    /// <param name="largest">Most threads there may be.</param>
    /// <param name="time">Source of time.</param>
    public ThreadChoice(int largest, TimeProvider time)
    {
        _time = time;
        _candidates = [.. Enumerable.Range(0, 32).Select(i => 1L << i).TakeWhile(n => n < largest).Select(n => (int)n), largest];
        _best = new long[_candidates.Length];
        Array.Fill(_best, long.MaxValue);
        _trial = largest == 1 ? int.MaxValue : 0;
    }

    /// <summary>Threads for the step that begins.</summary>
    /// <param name="allowed">Most threads at the moment.</param>
    public int BeginStep(int allowed)
    {
        if (_candidates.Length == 1) return 1;
        if (_trial < TrialLength || Tries()) _started = _time.GetTimestamp();
        int threads = _trial < TrialLength ? _candidates[Math.Max(0, _trial - WarmUpSteps) % _candidates.Length] : _chosen;
        return Math.Min(threads, allowed);
    }

    /// <summary>The step has ended.</summary>
    public void EndStep()
    {
        if (_trial >= TrialLength) return;
        int at = _trial - WarmUpSteps;
        if (at >= 0)
        {
            long ticks = _time.GetTimestamp() - _started;
            _best[at % _candidates.Length] = Math.Min(_best[at % _candidates.Length], ticks);
        }

        if (++_trial == TrialLength) Choose();
    }

    private int TrialLength => WarmUpSteps + StepsEach * _candidates.Length;

    private bool Tries()
    {
        if (_time.GetElapsedTime(_lastTrial) < TryAgainAfter) return false;
        _trial = WarmUpSteps;
        Array.Fill(_best, long.MaxValue);
        return true;
    }

    private void Choose()
    {
        int best = 0;
        for (int i = 1; i < _best.Length; i++)
        {
            if (_best[i] < _best[best] * 0.95) best = i; // more threads must be worth having
        }

        _chosen = _candidates[best];
        _lastTrial = _time.GetTimestamp();
    }
}
