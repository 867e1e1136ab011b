using EdgeProxy.Journal;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Bench.Subjects;

/// <summary>EdgeProxy's own: CRC, dedupe, the writer's thread and the caller's wake-up included.</summary>
internal sealed class JournalLog : RecordLog
{
    private readonly SegmentJournal _journal;
    private readonly byte[] _body;
    private readonly ValueTask<AppendOutcome>[] _waits = new ValueTask<AppendOutcome>[BatchMax];
    private UpdateEnvelope _envelope;

    public JournalLog(string folder, byte[] body)
    {
        _body = body;
        UpdateEnvelope.TryRead(body, out _envelope);
        _journal = SegmentJournal.Open(new JournalSettings(folder), TimeProvider.System, NullLogger.Instance);
    }

    public override async Task AppendAsync(int records, int batch)
    {
        for (int left = records; left > 0; left -= batch)
        {
            for (int index = 0; index < batch; index++)
            {
                _envelope.UpdateId++;
                _waits[index] = _journal.AppendAsync(1, _envelope, _body);
            }

            // The newest first: when it is on disk so are the others, and none of them is waited for.
            for (int index = batch - 1; index >= 0; index--)
            {
                AppendOutcome outcome = await _waits[index];
                if (outcome != AppendOutcome.Appended) throw new InvalidOperationException($"the journal said {outcome}");
            }
        }
    }

    public override void Dispose() => _journal.DisposeAsync().AsTask().Wait();
}
