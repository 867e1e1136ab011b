namespace EdgeProxy.Tests.Cluster;

/// <summary>The system's clock, which a test may set forward: what a process sees that was stopped and continued.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private long _ahead;

    public void Jump(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);
}
