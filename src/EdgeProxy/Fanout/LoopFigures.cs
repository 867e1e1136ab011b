namespace EdgeProxy.Fanout;

/// <summary>What a loop shows of itself to other threads; replaced whole.</summary>
internal sealed record LoopFigures(
    SubscriptionState State, long Position, long Low, long LowReceivedUnixMs, int Outstanding, int InFlight, int Window, int ParkedKeys,
    int ParkedRecords, long AverageRecordBytes, long LostToRetention, string? LastError)
{
    public SubscriptionSnapshot ToSnapshot(string id, long tail, long nowUnixMs) => new(
        id, State, Position, Math.Max(0, tail - Low), Outstanding + (Math.Max(0, tail - Position) / Math.Max(1, AverageRecordBytes)),
        LowReceivedUnixMs == 0 ? 0 : Math.Max(0, nowUnixMs - LowReceivedUnixMs), InFlight, Window, ParkedKeys, ParkedRecords,
        LostToRetention, LastError);
}
