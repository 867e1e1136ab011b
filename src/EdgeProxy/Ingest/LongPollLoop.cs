using System.Buffers;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>
/// Fetches one bot's updates with getUpdates, for machines that Telegram cannot reach.
/// 1. A webhook that is set is removed: Telegram answers 409 to getUpdates beside one.
/// 2. getUpdates with the offset. 3. Every update of the batch is scanned and appended. 4. Only when all are on disk does the offset
/// move past them, which is what confirms them to Telegram. A batch that could not be stored is asked for again.
/// </summary>
internal sealed partial class LongPollLoop(
    Bot bot, AllowedUpdates allowed, BotApiClient client, IUpdateJournal journal, UpdateHeard heard, TimeProvider time, ILogger<LongPollLoop> logger)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(Limits.WebhookCallS);
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(Limits.PollHoldS + Limits.PollGraceS);
    private volatile AllowedUpdates _allowed = allowed;
    private readonly List<Range> _ranges = [];
    private readonly List<ValueTask<AppendOutcome>> _appends = [];
    private readonly HashSet<QueueKey> _keys = [];
    private long _offset;

    public IngestState State { get; } = new(bot.Name);

    /// <summary>What the next call asks for.</summary>
    public void Allow(AllowedUpdates allowed) => _allowed = allowed;

    /// <param name="stopping">Ends it, by OperationCanceledException.</param>
    /// <param name="isOurs">Asked before each call, which may confirm to Telegram what was stored: false ends the loop. Null: always.</param>
    public async Task RunAsync(CancellationToken stopping, Func<bool>? isOurs = null)
    {
        int failures = 0;
        bool webhookRemoved = false;
        _offset = 0; // Somebody else may have polled since the last run.
        while (isOurs is null || isOurs())
        {
            // 1. and 2.
            ApiReply reply = webhookRemoved
                ? await client.CallAsync(bot.ApiRoot, bot.Token, "getUpdates", GetUpdatesJson(), PollTimeout, stopping)
                : await client.CallAsync(bot.ApiRoot, bot.Token, "deleteWebhook", default, CallTimeout, stopping);
            string? problem = reply.Ok ? null : $"{reply.Status} {reply.Description}";
            if (reply.Ok && webhookRemoved) problem = await StoreAsync(reply.Body);
            webhookRemoved |= reply.Ok;

            // 409: somebody set a webhook again, or another process polls; removing the webhook settles the first
            if (reply.Status == 409) webhookRemoved = false;
            State.Problem = problem;
            if (problem is null)
            {
                failures = 0;
                continue;
            }

            failures++;
            int delayS = Math.Max(Math.Min(reply.RetryAfterS, Limits.RetryAfterSMax), Math.Min(Limits.IngestBackoffMaxS, 1 << Math.Min(failures, 6)));
            LogFailed(bot.Name, problem, delayS);
            await Task.Delay(TimeSpan.FromSeconds(delayS), time, stopping);
        }
    }

    /// <summary>3. and 4. Null when every update is on disk, otherwise why the batch will be asked for again.</summary>
    private async Task<string?> StoreAsync(byte[] body)
    {
        if (!PolledBatch.TryRead(body, _ranges)) return "the answer of getUpdates has no result array";

        // An empty answer confirms all that came before; asking without an offset then also finds ids that begin anew after a silent week.
        long next = 0;
        int waitingBytes = 0;
        IngestRefusal refusal = IngestRefusal.None;
        _keys.Clear();
        foreach (Range range in _ranges)
        {
            ReadOnlyMemory<byte> update = body.AsMemory(range);
            if (UpdateEnvelope.TryRead(update.Span, out UpdateEnvelope envelope) != EnvelopeOutcome.Ok)
            {
                // Without an update_id it can neither be stored nor confirmed by itself; those after it carry the offset on.
                IngestMetrics.Refused(bot, RefusalReply.Of(IngestRefusal.NoUpdateId));
                continue;
            }

            // Updates of different keys share an fdatasync. The second of a key waits for the first: were that one refused and this one
            // stored, the next poll would put them in the wrong order. The bytes are bounded, or a batch of huge updates would fill the
            // queue by itself, each time it is asked for again.
            waitingBytes += update.Length;
            if (!_keys.Add(envelope.Key) || waitingBytes > Limits.JournalBatchBytesMax)
            {
                refusal = await SettleAsync();
                if (refusal != IngestRefusal.None) break;
                _keys.Add(envelope.Key);
                waitingBytes = update.Length;
            }

            next = Math.Max(next, envelope.UpdateId + 1);
            heard(bot, in envelope);
            _appends.Add(journal.AppendAsync(bot.Id, in envelope, update));
        }

        IngestRefusal last = await SettleAsync();
        if (refusal == IngestRefusal.None) refusal = last;
        if (refusal == IngestRefusal.None)
        {
            _offset = next;

            // A batch that nothing confirms comes again at once: a problem, so that the loop waits before it asks.
            return next == 0 && _ranges.Count > 0 ? "no update of the batch has an update_id" : null;
        }

        IngestMetrics.Refused(bot, RefusalReply.Of(refusal));
        return RefusalReply.Of(refusal).Reason;
    }

    /// <summary>Waits for the appends that run; None when all are on disk.</summary>
    private async ValueTask<IngestRefusal> SettleAsync()
    {
        IngestRefusal refusal = IngestRefusal.None;
        foreach (ValueTask<AppendOutcome> append in _appends)
        {
            AppendOutcome outcome = await append;
            IngestRefusal one = WebhookEndpoint.FromAppend(outcome);
            if (one == IngestRefusal.None) IngestMetrics.Polled(bot, outcome == AppendOutcome.Duplicate);
            else refusal = one;
        }

        _appends.Clear();
        _keys.Clear();
        return refusal;
    }

    private ReadOnlyMemory<byte> GetUpdatesJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (_offset != 0) writer.WriteNumber("offset", _offset);
            writer.WriteNumber("limit", Limits.PollBatchUpdates);
            writer.WriteNumber("timeout", Limits.PollHoldS);
            _allowed.WriteTo(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    [LoggerMessage(1, LogLevel.Warning, "Bot {Bot}: getUpdates failed ({Problem}); next try in {DelayS} s")]
    private partial void LogFailed(string bot, string problem, int delayS);
}
