using EdgeProxy.Journal;

namespace EdgeProxy.Fanout;

/// <summary>What a loop shows of itself to other threads; replaced whole.</summary>
internal sealed record LoopFigures(
    SubscriptionState State, long Position, long Low, long LowReceivedUnixMs, int Outstanding, int InFlight, int Window, int ParkedKeys,
    int ParkedRecords, long AverageRecordBytes, long LostToRetention, string? LastError)
{
    /// <summary>Over a log whose positions are bytes.</summary>
    public SubscriptionSnapshot ToSnapshot(string id, long tail, long nowUnixMs) =>
        ToSnapshot(id, Math.Max(0, tail - Low), Math.Max(0, tail - Position), nowUnixMs);

    /// <summary>Over a log whose positions only grow: what lies behind a position is its part of the whole log.</summary>
    public SubscriptionSnapshot ToSnapshot(string id, in JournalSnapshot log, long nowUnixMs) =>
        ToSnapshot(id, BytesFrom(Low, log), BytesFrom(Position, log), nowUnixMs);

    private SubscriptionSnapshot ToSnapshot(string id, long lagBytes, long unreadBytes, long nowUnixMs) => new(
        id, State, Position, lagBytes, Outstanding + (unreadBytes / Math.Max(1, AverageRecordBytes)),
        LowReceivedUnixMs == 0 ? 0 : Math.Max(0, nowUnixMs - LowReceivedUnixMs), InFlight, Window, ParkedKeys, ParkedRecords,
        LostToRetention, LastError);

    private static long BytesFrom(long position, in JournalSnapshot log)
    {
        if (position >= log.Tail) return 0;
        double part = (log.Tail - position) / (double)Math.Max(1, log.Tail - log.Head);
        return (long)(log.Bytes * Math.Min(1, part));
    }
}
