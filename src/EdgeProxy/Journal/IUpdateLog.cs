namespace EdgeProxy.Journal;

/// <summary>
/// One ordered log of updates. All updates of a queue key are in the same one. A position grows, and is never reused for an acknowledged record.
/// </summary>
internal interface IUpdateLog
{
    /// <summary>Reads from <paramref name="position"/>, or from the oldest record when that is gone. Use from one thread at a time.</summary>
    IJournalReader OpenReader(long position);

    /// <summary>No reader needs a record below <paramref name="position"/> any more: what is older than the dedupe window may go.</summary>
    void ReleaseBefore(long position);

    /// <summary>Numbers of this log. Cheap; any thread.</summary>
    JournalSnapshot Snapshot();
}
