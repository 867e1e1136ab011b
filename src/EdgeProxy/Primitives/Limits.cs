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
    /// <summary>
    /// Works that may wait for the writer. At 12 µs each in a batch this is 0.1 s of work: more waiting means the disk stands still.
    /// </summary>
    public const int SqliteQueueMax = 8192;

    /// <summary>Works in one group commit. The cost per work stops falling near here (BUILD-FACTS: 16 → 12 µs, 128 → 5.4 µs).</summary>
    public const int SqliteBatchMax = 256;

    /// <summary>SQL texts kept compiled per connection. The rooms together have some dozens of constant texts; more is a bug.</summary>
    public const int SqliteStatementsMax = 512;

    /// <summary>
    /// How long a connection waits for another one's lock, ms. Our own threads hold it for milliseconds; an operator's shell may take
    /// longer.
    /// </summary>
    public const int SqliteBusyMs = 5000;

    /// <summary>
    /// Page cache of the writer, KiB. 64 MB keep the inner pages of the indexes in memory; it is filled only as it is used.
    /// </summary>
    public const int SqliteWriterCacheKiB = 64 * 1024;

    /// <summary>Page cache of the reader, KiB. Reads are rare look-ups and pages of lists.</summary>
    public const int SqliteReaderCacheKiB = 8 * 1024;

    /// <summary>
    /// WAL pages (4 KiB) after which a PASSIVE checkpoint runs: 8 MB, SQLite's own default times two, off the write path.
    /// </summary>
    public const int SqliteWalPagesPassive = 2048;

    /// <summary>
    /// WAL pages (4 KiB) after which the writer is held back for a TRUNCATE: 128 MB of WAL would cost a second of recovery.
    /// </summary>
    public const int SqliteWalPagesTruncate = 32 * 1024;

    /// <summary>
    /// How often a failed state file is tried without anyone writing, ms: the proxy becomes ready by itself within this time.
    /// </summary>
    public const int SqliteProbeMs = 2000;

    // ── Fanout ──────────────────────────────────────────────────────────────────────────────────

    // ── Observability ───────────────────────────────────────────────────────────────────────────
    /// <summary>
    /// Label sets per instrument. Bots × subscriptions × reasons of a large installation; beyond it a label is not low-cardinality.
    /// </summary>
    public const int MetricSeriesMax = 2048;

    // ── Process ─────────────────────────────────────────────────────────────────────────────────
}
