namespace EdgeProxy.Primitives;

/// <summary>Every bound, each with its reason. Units end the name. Relations between bounds are asserted by LimitsTests.</summary>
internal static class Limits
{
    // ── Telegram ────────────────────────────────────────────────────────────────────────────────
    /// <summary>Largest update body, bytes. Telegram itself caps an update at 512 KiB.</summary>
    public const int UpdateBytesMax = 512 * 1024;

    /// <summary>Deepest JSON nesting accepted. Real updates stay below 20; the bound keeps a hostile body from costing stack.</summary>
    public const int JsonDepthMax = 64;

    /// <summary>Longest secret_token, characters (Bot API, setWebhook).</summary>
    public const int SecretTokenCharsMax = 256;

    /// <summary>Longest bot command kept in an envelope, bytes: a slash and 32 characters (BotCommand).</summary>
    public const int CommandBytesMax = 33;

    /// <summary>Longest bot token, characters. Real ones have about 46; this keeps a hostile URL from being compared at length.</summary>
    public const int BotTokenCharsMax = 256;

    // ── Bot API client ──────────────────────────────────────────────────────────────────────────
    /// <summary>Largest answer of the Bot API, bytes: getUpdates brings up to 100 updates of 512 KiB; 2 MiB surround them.</summary>
    public const int ApiReplyBytesMax = (100 * UpdateBytesMax) + (2 * 1024 * 1024);

    /// <summary>Longest description kept of an answer, characters. Telegram's have one sentence; it goes into logs.</summary>
    public const int ApiDescriptionCharsMax = 512;

    /// <summary>Time to connect, TLS included, seconds. Usually well under one; a lost SYN is repeated after 1, 3 and 7.</summary>
    public const int ApiConnectTimeoutS = 10;

    /// <summary>A connection is replaced after this time, seconds, so that a changed DNS entry is followed.</summary>
    public const int ApiConnectionLifetimeS = 300;

    /// <summary>An unused connection is closed after this time, seconds: shorter than the idle time-outs of usual middle boxes.</summary>
    public const int ApiConnectionIdleS = 60;

    /// <summary>Connections to one server. 30 calls a second of half a second each need 15 per bot; a long poll holds one.</summary>
    public const int ApiConnectionsMax = 256;

    // ── Ingest ──────────────────────────────────────────────────────────────────────────────────

    // ── Journal ─────────────────────────────────────────────────────────────────────────────────
    /// <summary>How long an update_id is remembered, hours. Telegram redelivers for 24 h.</summary>
    public const int DedupeHours = 24;

    // ── Sqlite ──────────────────────────────────────────────────────────────────────────────────

    // ── Fanout ──────────────────────────────────────────────────────────────────────────────────

    // ── Observability ───────────────────────────────────────────────────────────────────────────

    // ── Process ─────────────────────────────────────────────────────────────────────────────────
}
