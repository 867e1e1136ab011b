using EdgeProxy.Journal;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Ingest;

/// <summary>A journal whose disk fails for the first append of one update_id and is well again at once.</summary>
internal sealed class RefusesOnce(IUpdateJournal journal, long refused) : IUpdateJournal
{
    private long _refused = refused;

    /// <summary>Every update_id that was to be stored, in order.</summary>
    public List<long> Asked { get; } = [];

    public ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body)
    {
        Asked.Add(envelope.UpdateId);
        if (envelope.UpdateId != _refused) return journal.AppendAsync(botId, in envelope, body);
        _refused = -1;
        return ValueTask.FromResult(AppendOutcome.DiskFailed);
    }

    public JournalSnapshot Snapshot() => journal.Snapshot();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
