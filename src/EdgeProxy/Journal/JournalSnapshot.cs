namespace EdgeProxy.Journal;

/// <summary>The journal's state at one moment.</summary>
/// <param name="Head">Oldest position still kept.</param>
/// <param name="Tail">End of the durable part.</param>
/// <param name="OldestUnixMs">Receive time of the oldest kept record, 0 when empty.</param>
/// <param name="Segments">Files on disk.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="QueueDepth">Appends that wait for the disk.</param>
/// <param name="CorruptRecords">Corrupt places seen since start; more than 0 turns health yellow.</param>
/// <param name="Fault">Why the disk does not take writes now; null when it does.</param>
internal readonly record struct JournalSnapshot(
    long Head, long Tail, long OldestUnixMs, int Segments, long Bytes, int QueueDepth, long CorruptRecords, string? Fault);
