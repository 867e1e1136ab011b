namespace EdgeProxy.Simulator.Telegram;

/// <summary>How a <see cref="FakeTelegram"/> behaves. The defaults are Telegram's own.</summary>
internal sealed class FakeTelegramOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>Tokens that are known from the start.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>Tokens of bots that may send with allow_paid_broadcast.</summary>
    public List<string> PaidTokens { get; } = [];

    /// <summary>Any well-formed token makes a bot when it is first seen.</summary>
    public bool AcceptAnyToken { get; set; }

    /// <summary>Answers 429 above the limits of the FAQ. Off for load tests that measure something else.</summary>
    public bool EnforceLimits { get; set; } = true;

    /// <summary>Messages that a quiet private chat takes at once before 1/s holds.</summary>
    public int PrivateBurst { get; set; } = 5;

    /// <summary>
    /// Messages that a quiet group takes at once before 1/s holds there too, beside its 20/min; 0: only the 20/min hold.
    /// </summary>
    public int GroupBurst { get; set; }

    /// <summary>Sends to one chat that may be in flight; one more waits <see cref="InFlightWaitMs"/> and gets 429 with retry_after 60 [TBA].</summary>
    public int InFlightMax { get; set; } = 310;

    /// <summary>Milliseconds [TBA].</summary>
    public int InFlightWaitMs { get; set; } = 3000;

    /// <summary>Time every answer takes, milliseconds; the call takes effect when it arrives.</summary>
    public int LatencyMs { get; set; }

    /// <summary>Answers come in chunks and without a Content-Length.</summary>
    public bool Chunked { get; set; }

    /// <summary>Multiplies every webhook retry delay; 0.01 makes 2 s into 20 ms for tests. A Retry-After is scaled too.</summary>
    public double RetryScale { get; set; } = 1;

    /// <summary>A webhook that has not answered by then has failed, milliseconds.</summary>
    public int WebhookTimeoutMs { get; set; } = 60_000;

    /// <summary>Share of updates (0–1) that are delivered a second time, concurrently, as after a time-out.</summary>
    public double DuplicateProbability { get; set; }

    /// <summary>Updates that wait per bot; above it new ones are dropped, as Telegram does.</summary>
    public int PendingMax { get; set; } = 100_000;

    /// <summary>Accepted sends that are kept for <c>/sim/sends</c>; older ones are forgotten (the counters go on).</summary>
    public int SendsKept { get; set; } = 100_000;

    /// <summary>UTF-8 bytes of a send's text that are kept; a million sends with 32 take some 110 MB.</summary>
    public int SendTextBytesMax { get; set; } = 16_384;

    /// <summary>Uploads up to this size can be downloaded again; larger ones are only counted and hashed.</summary>
    public int UploadKeptBytesMax { get; set; } = 1 << 20;

    /// <summary>Seed of every random choice: duplicates, delays, mix of shapes.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Hears of every call as it is decided, before its answer leaves. Called from many threads; must be quick.</summary>
    public Action<CallTrace>? Trace { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
