namespace EdgeProxy.Primitives;

/// <summary>
/// Every bound, each with its reason. Units end the name. Relations between bounds are asserted by LimitsTests. Those of the way out stand in
/// Limits.WayOut.cs, those of the message API in Limits.OutboxApi.cs.
/// </summary>
internal static partial class Limits
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

    /// <summary>Longest name of a bot, characters: it stands in URLs, logs and metrics.</summary>
    public const int BotNameCharsMax = 64;

    /// <summary>Longest @username or inline_message_id taken as an address, bytes. Usernames have at most 32, the ids about 40.</summary>
    public const int ChatNameBytesMax = 128;

    /// <summary>Most messages one call counts as: the ids that copyMessages and forwardMessages take. More is refused by Telegram.</summary>
    public const int CallWeightMax = 100;

    // ── Ingest ──────────────────────────────────────────────────────────────────────────────────
    /// <summary>
    /// Largest webhook request body, bytes on the wire: Kestrel counts the framing of chunks too, which may be as much as the update.
    /// </summary>
    public const int WebhookRequestBytesMax = 2 * UpdateBytesMax;

    /// <summary>Longest time for the body of a plain webhook call, seconds: what the slowest full-size one takes by the two bounds below.</summary>
    public const int WebhookBodyS = WebhookBodyGraceS + (UpdateBytesMax / WebhookBodyBytesPerSecondMin);

    /// <summary>Slowest webhook body accepted, bytes/s, after a grace of 5 s: a full-size update then takes at most 37 s, inside Telegram's 60 s.</summary>
    public const int WebhookBodyBytesPerSecondMin = 16 * 1024;

    /// <summary>Grace before the rate above counts, seconds.</summary>
    public const int WebhookBodyGraceS = 5;

    /// <summary>Longest head of a plain webhook call that comes in pieces, bytes: it is read anew with each; longer ones are Kestrel's.</summary>
    public const int WebhookHeadBytesMax = 8 * 1024;

    /// <summary>Longest wait until a caller lets answers out, seconds; then its connection is cut off. Telegram reads each at once.</summary>
    public const int WebhookAnswerS = 10;

    /// <summary>A connection that only carries updates is Kestrel's after so long without one, seconds: below its keep-alive bound of 130 s.</summary>
    public const int WebhookIdleS = 60;

    /// <summary>The same when a part of a head is there, seconds: Kestrel's bound for slow heads counts from then.</summary>
    public const int WebhookPartS = 3;

    /// <summary>Retry-After of a 503, seconds: long enough for a full disk queue to drain, short enough not to be noticed.</summary>
    public const int IngestRetryAfterS = 2;

    /// <summary>Updates asked for in one getUpdates call: Telegram's own maximum.</summary>
    public const int PollBatchUpdates = 100;

    /// <summary>How long Telegram may hold a getUpdates call, seconds: its cap.</summary>
    public const int PollHoldS = 50;

    /// <summary>Added to the hold before the call is given up, seconds: connect, TLS and a full batch over a slow line.</summary>
    public const int PollGraceS = 15;

    /// <summary>Longest wait between two failed calls of getUpdates or setWebhook, seconds.</summary>
    public const int IngestBackoffMaxS = 60;

    /// <summary>Time for one call of setWebhook, getWebhookInfo or deleteWebhook, seconds.</summary>
    public const int WebhookCallS = 20;

    /// <summary>Entries of TrustedProxies: each is compared on every request.</summary>
    public const int TrustedProxiesMax = 64;

    // ── Journal ─────────────────────────────────────────────────────────────────────────────────
    /// <summary>How long an update_id is remembered, hours. Telegram redelivers for 24 h.</summary>
    public const int DedupeHours = 24;

    /// <summary>
    /// Bytes of one segment file. Large enough that a roll is rare (47,000 average updates), small enough that retention is fine-
    /// grained.
    /// </summary>
    public const int JournalSegmentBytes = 64 * 1024 * 1024;

    /// <summary>
    /// Bytes of the very first segment of a folder: its zeros are on disk before the first update can be, 5 ms instead of 40, and it holds what
    /// comes in while the second, of full size, is prepared.
    /// </summary>
    public const int JournalFirstSegmentBytes = 8 * 1024 * 1024;

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

    /// <summary>When the garbage of the start is collected, milliseconds after it: the first updates of a restart are not held up by it.</summary>
    public const int StartGarbageMs = 300;

    /// <summary>
    /// How long the writer waits for as many records as the last batch had, microseconds: what 32 answered senders need to come again on one core.
    /// </summary>
    public const int JournalGatherUs = 1_000;

    /// <summary>Least size of a batch after which that is done, records: below it the wait would cost more than the sharing saves.</summary>
    public const int JournalGatherRecordsMin = 8;

    /// <summary>
    /// Interval records of remembered update_ids per bot (16 bytes each, so 1 MiB). Honest ids are nearly consecutive and need a
    /// handful.
    /// </summary>
    public const int DedupeIntervalsPerBotMax = 65_536;

    /// <summary>Length of one dedupe generation, hours. Three are kept: an id is remembered 24 to 36 h.</summary>
    public const int DedupeGenerationHours = 12;

    /// <summary>Generations kept, the one being filled included: what was remembered at its very end still stays for two whole ones.</summary>
    public const int DedupeGenerationsKept = 3;

    /// <summary>Dedupe snapshots kept: the newest, and one older in case it is damaged.</summary>
    public const int DedupeSnapshotsKept = 2;

    /// <summary>Zeros written between two syncs while the next segment is prepared, bytes: what an fdatasync beside it may have to wait for.</summary>
    public const int JournalPrepareStepBytes = 256 * 1024;

    /// <summary>A reader's window, bytes. Holds some 180 average records; a larger record makes the window grow to fit it.</summary>
    public const int JournalReadWindowBytes = 256 * 1024;

    /// <summary>Corrupt places remembered so that each is reported once; beyond it they are only counted.</summary>
    public const int JournalCorruptPlacesMax = 1024;

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
    /// <summary>
    /// Records of one subscription that are read but not finished. Telegram keeps 100,000 pending updates per bot; at the bound the
    /// journal on disk waits.
    /// </summary>
    public const int FanoutOutstandingMax = 100_000;

    /// <summary>
    /// The same while the consumer is down: enough to fill its window at once when it returns, small enough to sweep at every probe.
    /// </summary>
    public const int FanoutDownReadAheadMax = 1_000;

    /// <summary>Keys ready for a slot, per slot. Reading on is of use only while slots might run empty.</summary>
    public const int FanoutReadyPerSlot = 2;

    /// <summary>Records read in one go before reports of deliveries are looked at again.</summary>
    public const int FanoutReadBurst = 256;


    /// <summary>Empty key queues kept for reuse by one subscription; about 100 bytes each.</summary>
    public const int FanoutKeyPoolMax = 1_024;

    /// <summary>
    /// Failures in a row, of different keys or of the connection, after which a consumer with a window of one is called down.
    /// </summary>
    public const int FanoutDownAfterFailures = 5;

    /// <summary>Time between two flushes of cursors, milliseconds: what a kill -9 may deliver again.</summary>
    public const int CursorFlushMs = 100;

    /// <summary>A flush of many outstanding records is spread: one more CursorFlushMs for each this many bytes written.</summary>
    public const int CursorFlushBytesPerTick = 64 * 1024;

    /// <summary>Longest time between two flushes however large, milliseconds.</summary>
    public const int CursorFlushMsMax = 2_000;

    /// <summary>
    /// Largest reply body of a consumer that is read, bytes. A method call with a 4096-character text, escaped, is 25 KB.
    /// </summary>
    public const int ReplyBytesMax = 256 * 1024;

    /// <summary>Longest method name in a reply body; the longest of the Bot API has 33 characters.</summary>
    public const int MethodCharsMax = 64;

    /// <summary>
    /// Method calls from one subscription's replies that run beside the deliveries: a minute of a bot's budget. One more holds its queue key.
    /// </summary>
    public const int ReplyCallsMax = 2_000;

    /// <summary>How long a method call from a reply body may wait for its chat's budget and its answer, milliseconds.</summary>
    public const int ReplyMethodMs = 30_000;

    /// <summary>
    /// How long deliveries in flight are waited for at stop, milliseconds; then they are cut off and delivered again after the start.
    /// </summary>
    public const int FanoutStopMs = 5_000;

    /// <summary>Time to connect to a consumer, milliseconds. A delivery's own time-out covers the rest.</summary>
    public const int ConsumerConnectMs = 10_000;

    /// <summary>Age at which connections to consumers are renewed, minutes, so that a changed DNS name is followed.</summary>
    public const int ConsumerConnectionMinutes = 10;

    /// <summary>Second retry's delay, milliseconds; each later one doubles it (the first retry comes at once). As Telegram does.</summary>
    public const int RetryFirstMs = 2_000;

    /// <summary>Doubling ends here; from then on the delay is random between this and twice this, milliseconds. As Telegram does.</summary>
    public const int RetryCapMs = 60_000;

    /// <summary>The end of the year 9999, seconds since 1970: what a date can say; larger numbers are milliseconds taken for seconds.</summary>
    public const long UnixSecondsMax = 253_402_300_799;

    /// <summary>Longest Retry-After that is honoured, seconds. As Telegram does.</summary>
    public const int RetryAfterSMax = 3_600;

    /// <summary>410 for this long disables a subscription, hours. As Telegram does.</summary>
    public const int GoneHours = 23;

    /// <summary>Least time between two summaries of expired updates in the log, milliseconds.</summary>
    public const int ExpiredLogMs = 10_000;

    /// <summary>Largest MaxInFlight of a subscription.</summary>
    public const int InFlightMax = 1_000;

    // ── Observability ───────────────────────────────────────────────────────────────────────────
    /// <summary>
    /// Label sets per instrument. Bots × subscriptions × reasons of a large installation; beyond it a label is not low-cardinality.
    /// </summary>
    public const int MetricSeriesMax = 2048;

    // ── Process ─────────────────────────────────────────────────────────────────────────────────
    /// <summary>Bots in one process. Each costs a dedupe window and, with polling, a loop.</summary>
    public const int BotsMax = 1000;

    /// <summary>Subscriptions of one bot. Each reads the journal with a loop of its own.</summary>
    public const int SubscriptionsPerBotMax = 64;

    /// <summary>Body that makes a subscription, bytes: every kind of update named and a hundred commands.</summary>
    public const int SubscriptionRequestBytesMax = 16 * 1024;

    /// <summary>Retry-After when a subscription cannot be stored now, seconds.</summary>
    public const int SubscriptionRetryAfterS = 5;

    /// <summary>How long requests in flight may take to end after SIGTERM, seconds; with FanoutStopMs below the 30 s of orchestrators.</summary>
    public const int StopRequestsS = 10;
}
