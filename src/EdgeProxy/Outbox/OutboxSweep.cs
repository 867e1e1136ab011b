using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>What a look at the clock found.</summary>
internal sealed class OutboxSweep
{
    public List<long> Expired { get; } = [];
    public List<long> Due { get; } = [];

    /// <summary>Cancelled broadcasts that have something left.</summary>
    public List<long> Swept { get; } = [];

    /// <summary>Messages of theirs.</summary>
    public List<long> Cancelled { get; } = [];
    public List<(long Bot, long Chat)> Rested { get; } = [];
    public bool IsEmpty => Expired.Count + Due.Count + Swept.Count + Cancelled.Count + Rested.Count == 0;
    public bool IsFull => Math.Max(Math.Max(Expired.Count, Due.Count), Math.Max(Cancelled.Count, Rested.Count)) == Limits.OutboxSweepRows;
}
