using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>Durable, idempotent home of updates: one log (embedded), or one a partition (cluster).</summary>
internal interface IUpdateJournal : IAsyncDisposable
{
    /// <summary>
    /// Completes when the record (or the original it duplicates) is on disk. The key is (bot, update_id).
    /// <paramref name="body"/> must stay untouched until completion. Await the result exactly once.
    /// </summary>
    ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body);

    /// <summary>Numbers for health, metrics and inspection. Cheap; any thread.</summary>
    JournalSnapshot Snapshot();
}
