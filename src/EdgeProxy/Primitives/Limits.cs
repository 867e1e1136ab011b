namespace EdgeProxy.Primitives;

/// <summary>Every bound in one place, each with its reason. Units end the name. Relations between bounds are asserted by LimitsTests.</summary>
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

    // ── Bot API client ──────────────────────────────────────────────────────────────────────────

    // ── Ingest ──────────────────────────────────────────────────────────────────────────────────

    // ── Journal ─────────────────────────────────────────────────────────────────────────────────
    /// <summary>How long an update_id is remembered, hours. Telegram redelivers for 24 h.</summary>
    public const int DedupeHours = 24;

    // ── Sqlite ──────────────────────────────────────────────────────────────────────────────────

    // ── Fanout ──────────────────────────────────────────────────────────────────────────────────

    // ── Observability ───────────────────────────────────────────────────────────────────────────

    // ── Process ─────────────────────────────────────────────────────────────────────────────────
}
