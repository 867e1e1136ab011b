using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>Durable, idempotent log of updates. A position is a byte address in the log: it grows, and is never reused for an acknowledged record.</summary>
internal interface IUpdateJournal : IAsyncDisposable
{
    /// <summary>
    /// Completes when the record (or the original it duplicates) is on disk. The key is (bot, update_id).
    /// <paramref name="body"/> must stay untouched until completion. Await the result exactly once.
    /// </summary>
    ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body);

    /// <summary>Reads from <paramref name="position"/>, or from the oldest record when that is gone. Use from one thread at a time.</summary>
    IJournalReader OpenReader(long position);

    /// <summary>No reader needs a record below <paramref name="position"/> any more. Segments wholly below it and older than the dedupe window go.</summary>
    void ReleaseBefore(long position);

    /// <summary>Numbers for health, metrics and inspection. Cheap; any thread.</summary>
    JournalSnapshot Snapshot();
}
