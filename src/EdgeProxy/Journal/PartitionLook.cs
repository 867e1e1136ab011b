namespace EdgeProxy.Journal;

/// <summary>What the server said of a partition's stream.</summary>
/// <param name="Records">In it.</param>
/// <param name="Bytes">The server's estimate of its memory; 0 when it does not say.</param>
/// <param name="Head">Position of the oldest record, or Tail when there is none.</param>
/// <param name="Tail">Behind the newest it ever had.</param>
internal sealed record PartitionLook(long Records, long Bytes, long Head, long Tail)
{
    public long OldestUnixMs => Records == 0 ? 0 : StreamId.MsOf(Head);
}
