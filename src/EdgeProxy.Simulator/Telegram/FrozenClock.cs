namespace EdgeProxy.Simulator.Telegram;

/// <summary>The wall clock stands still, so that two runs of one script give the same bytes; limits and timers go on.</summary>
internal sealed class FrozenClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
