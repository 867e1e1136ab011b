using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// The updates of one bot that nobody has confirmed yet, in the order of update_id. They go to the webhook when there is one,
/// otherwise they wait for getUpdates.
/// </summary>
internal sealed class UpdateQueue(FakeTelegramOptions options, WebhookPump pump)
{
    private static readonly string[] NotByDefault = ["chat_member", "message_reaction", "message_reaction_count"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, SimUpdate> _pending = [];
    private HashSet<string>? _allowed;
    private TaskCompletionSource<PollWake>? _poll;

    public WebhookSettings? Webhook { get; private set; }

    public int PendingCount
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>The names that were set; null for the default set.</summary>
    public string[]? Allowed
    {
        get
        {
            lock (_gate)
            {
                return _allowed is null ? null : [.. _allowed];
            }
        }
    }

    public EnqueueOutcome Enqueue(SimUpdate update)
    {
        lock (_gate)
        {
            if (!IsAllowed(update.Kind))
            {
                return EnqueueOutcome.Filtered;
            }

            if (_pending.Count >= options.PendingMax)
            {
                return EnqueueOutcome.Full;
            }

            if (!_pending.TryAdd(update.UpdateId, update))
            {
                return EnqueueOutcome.Known;
            }

            _poll?.TrySetResult(PollWake.Update);
            pump.Add(update);
            return EnqueueOutcome.Queued;
        }
    }

    public void Remove(long updateId)
    {
        lock (_gate)
        {
            _pending.Remove(updateId);
        }
    }

    /// <summary>An empty list is the default set; an absent parameter keeps what was set before (do not call then).</summary>
    public void Allow(IReadOnlyCollection<string> kinds)
    {
        lock (_gate)
        {
            _allowed = kinds.Count == 0 ? null : new HashSet<string>(kinds, StringComparer.Ordinal);
        }
    }

    public void SetWebhook(WebhookSettings? settings, bool dropPending)
    {
        lock (_gate)
        {
            if (dropPending)
            {
                _pending.Clear();
            }

            Webhook = settings;
            _poll?.TrySetResult(PollWake.Webhook);
            pump.Restart(settings, [.. _pending.Values]);
        }
    }

    /// <summary>
    /// Confirms by <paramref name="offset"/> and returns what waits; waits up to <paramref name="timeoutS"/> seconds when
    /// nothing does.
    /// </summary>
    public async Task<(PollWake Wake, SimUpdate[] Updates)> PollAsync(long offset, int limit, int timeoutS, CancellationToken ct)
    {
        TaskCompletionSource<PollWake> mine;
        lock (_gate)
        {
            _poll?.TrySetResult(PollWake.Newer);
            _poll = null;
            if (Webhook is not null)
            {
                return (PollWake.Webhook, []);
            }

            Confirm(offset);
            SimUpdate[] now = Take(limit);
            if (now.Length > 0 || timeoutS == 0)
            {
                return (PollWake.Update, now);
            }

            _poll = mine = new TaskCompletionSource<PollWake>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        PollWake wake = await WaitAsync(mine, timeoutS, ct);
        lock (_gate)
        {
            if (_poll == mine)
            {
                _poll = null;
            }

            return (wake, wake == PollWake.Update ? Take(limit) : []);
        }
    }

    private async Task<PollWake> WaitAsync(TaskCompletionSource<PollWake> mine, int timeoutS, CancellationToken ct)
    {
        try
        {
            return await mine.Task.WaitAsync(TimeSpan.FromSeconds(timeoutS), options.Clock, ct);
        }
        catch (TimeoutException)
        {
            return PollWake.Update;
        }
    }

    /// <summary>Forgets everything below the offset; a negative one keeps only the last so many. Caller holds the gate.</summary>
    private void Confirm(long offset)
    {
        long[] gone = offset >= 0
            ? [.. _pending.Keys.TakeWhile(id => id < offset)]
            : [.. _pending.Keys.Take((int)Math.Max(0, _pending.Count + Math.Max(offset, int.MinValue)))];
        foreach (long id in gone)
        {
            _pending.Remove(id);
        }
    }

    private SimUpdate[] Take(int limit) => [.. _pending.Values.Take(limit)];

    private bool IsAllowed(string kind) => _allowed is null ? !NotByDefault.Contains(kind) : kind.Length == 0 || _allowed.Contains(kind);
}
