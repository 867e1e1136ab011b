namespace EdgeProxy.Tests.Simulator;

/// <summary>Time that passes only when a test says so, for the limits; timers run on real time.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _ms;

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => Interlocked.Read(ref _ms);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000 + Interlocked.Read(ref _ms));

    public void AdvanceMs(long ms) => Interlocked.Add(ref _ms, ms);
}
