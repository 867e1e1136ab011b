namespace EdgeProxy.BotApi;

/// <summary>The one call under way with its key. Used by one request at a time.</summary>
internal sealed class IdempotencyTicket(long botId, IdempotencyHash key, IdempotencyHash request)
{
    private static long _last;
    private readonly TaskCompletionSource<IdempotencyAnswer?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of all tickets of this process, never used again.</summary>
    public long Number { get; } = Interlocked.Increment(ref _last);

    public long BotId { get; } = botId;

    /// <summary>Hash of the key.</summary>
    public IdempotencyHash Key { get; } = key;

    /// <summary>Hash of what is asked for.</summary>
    public IdempotencyHash Request { get; } = request;

    /// <summary>The row "sending" is on disk.</summary>
    public bool IsMarked { get; set; }

    /// <summary>
    /// Why the row could not be written: Unavailable, Full, or InFlight when another process was first; Fresh while nothing failed. Tells 503 from a
    /// caller that went away.
    /// </summary>
    public IdempotencyOutcome Refusal { get; set; }

    /// <summary>For those who come with the same key meanwhile.</summary>
    public Task<IdempotencyAnswer?> End => _end.Task;

    public void Finish(IdempotencyAnswer? answer) => _end.TrySetResult(answer);
}
