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

    /// <summary>
    /// Bytes of one segment file. Large enough that a roll is rare (47,000 average updates), small enough that retention is fine-
    /// grained.
    /// </summary>
    public const int JournalSegmentBytes = 64 * 1024 * 1024;

    /// <summary>Smallest segment accepted, bytes; tests use it to see many rolls.</summary>
    public const int JournalSegmentBytesMin = 32 * 1024;

    /// <summary>
    /// Default bound of all segments together, bytes. A day of 500 updates/s of 1.4 KB is 60 GB; most folders never see 1.
    /// </summary>
    public const long JournalBytesMax = 16L * 1024 * 1024 * 1024;

    /// <summary>
    /// Appends that may wait for the disk. Telegram opens at most 100 connections per bot; this is 40 bots at full width.
    /// </summary>
    public const int JournalQueueRecordsMax = 4096;

    /// <summary>Bytes of bodies that may wait for the disk: bounds memory when large updates meet a slow disk.</summary>
    public const int JournalQueueBytesMax = 32 * 1024 * 1024;

    /// <summary>Records of one fsync batch. Beyond some hundreds an fsync is no longer what a record costs.</summary>
    public const int JournalBatchRecordsMax = 1024;

    /// <summary>Bytes of one fsync batch. fdatasync of 1 MB takes 0.4 ms against 0.2 ms for 4 KB; more would only add latency.</summary>
    public const int JournalBatchBytesMax = 1024 * 1024;

    /// <summary>How often a faulty disk is tried again, ms, and how soon after one attempt an append may cause the next.</summary>
    public const int JournalProbeMs = 1000;

    /// <summary>
    /// Interval records of remembered update_ids per bot (16 bytes each, so 1 MiB). Honest ids are nearly consecutive and need a
    /// handful.
    /// </summary>
    public const int DedupeIntervalsPerBotMax = 65_536;

    /// <summary>Length of one dedupe generation, hours. Three are kept: an id is remembered 24 to 36 h.</summary>
    public const int DedupeGenerationHours = 12;

    /// <summary>Dedupe snapshots kept: the newest, and one older in case it is damaged.</summary>
    public const int DedupeSnapshotsKept = 2;

    /// <summary>A reader's window, bytes. Holds some 180 average records; a larger record makes the window grow to fit it.</summary>
    public const int JournalReadWindowBytes = 256 * 1024;

    /// <summary>Corrupt places remembered so that each is reported once; beyond it they are only counted.</summary>
    public const int JournalCorruptPlacesMax = 1024;

    // ── Sqlite ──────────────────────────────────────────────────────────────────────────────────

    // ── Fanout ──────────────────────────────────────────────────────────────────────────────────

    // ── Observability ───────────────────────────────────────────────────────────────────────────

    // ── Process ─────────────────────────────────────────────────────────────────────────────────
}
