namespace NeuralService.Hosting;

/// <summary>The time as it is stored.</summary>
public static class Clock
{
    /// <summary>Now in UTC, to the microsecond: what is answered at once and what is read back later are the same.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }
}
