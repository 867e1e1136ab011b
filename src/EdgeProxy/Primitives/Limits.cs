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

    /// <summary>Longest @username or inline_message_id taken as an address, bytes. Usernames have at most 32, the ids about 40.</summary>
    public const int ChatNameBytesMax = 128;

    /// <summary>Most messages one call counts as: the ids that copyMessages and forwardMessages take. More is refused by Telegram.</summary>
    public const int CallWeightMax = 100;

    // ── Bot API client ──────────────────────────────────────────────────────────────────────────
    /// <summary>Largest answer of the Bot API, bytes: getUpdates brings up to 100 updates of 512 KiB; 2 MiB surround them.</summary>
    public const int ApiReplyBytesMax = (100 * UpdateBytesMax) + (2 * 1024 * 1024);

    /// <summary>Longest description kept of an answer, characters. Telegram's have one sentence; it goes into logs.</summary>
    public const int ApiDescriptionCharsMax = 512;

    /// <summary>Time to connect, TLS included, seconds. Usually well under one; a lost SYN is repeated after 1, 3 and 7.</summary>
    public const int ApiConnectTimeoutS = 10;

    /// <summary>A connection is replaced after this time, seconds, so that a changed DNS entry is followed.</summary>
    public const int ApiConnectionLifetimeS = 300;

    /// <summary>
    /// An unused connection is closed after this time, seconds: sooner than servers and middle boxes do it (a minute and more). A connection that the
    /// other side ends just as a call leaves on it makes that call's fate unknown.
    /// </summary>
    public const int ApiConnectionIdleS = 20;

    /// <summary>
    /// Wait for the answer to a call whose last byte has left, seconds. Telegram fetches files by URL and takes albums apart within it; the official
    /// server warns of answers older than 100 s.
    /// </summary>
    public const int ApiAnswerS = 120;

    /// <summary>An upload of which no byte moved for this time is given up, seconds: a lost peer, not a slow one.</summary>
    public const int ApiUploadStallS = 60;

    /// <summary>Wait for the first byte of a file to download, seconds.</summary>
    public const int ApiFileHeadersS = 30;

    /// <summary>Connections to one server. 30 calls a second of half a second each need 15 per bot; a long poll holds one.</summary>
    public const int ApiConnectionsMax = 256;

    // ── Ingest ──────────────────────────────────────────────────────────────────────────────────
    /// <summary>
    /// Largest webhook request body, bytes on the wire: Kestrel counts the framing of chunks too, which may be as much as the update.
    /// </summary>
    public const int WebhookRequestBytesMax = 2 * UpdateBytesMax;

    /// <summary>Slowest webhook body accepted, bytes/s, after a grace of 5 s: a full-size update then takes at most 37 s, inside Telegram's 60 s.</summary>
    public const int WebhookBodyBytesPerSecondMin = 16 * 1024;

    /// <summary>Grace before the rate above counts, seconds.</summary>
    public const int WebhookBodyGraceS = 5;

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

    /// <summary>How long a method call from a reply body may hold its queue key, milliseconds.</summary>
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

    /// <summary>Longest Retry-After that is honoured, seconds. As Telegram does.</summary>
    public const int RetryAfterSMax = 3_600;

    /// <summary>410 for this long disables a subscription, hours. As Telegram does.</summary>
    public const int GoneHours = 23;

    /// <summary>Least time between two summaries of expired updates in the log, milliseconds.</summary>
    public const int ExpiredLogMs = 10_000;

    /// <summary>Largest MaxInFlight of a subscription.</summary>
    public const int InFlightMax = 1_000;

    // ── Lanes ───────────────────────────────────────────────────────────────────────────────────
    /// <summary>A chat that wrote within this time is in conversation, seconds: its replies are interactive.</summary>
    public const int HeardLatelyS = 300;

    /// <summary>
    /// Places of the table of chats that wrote lately, a power of two: 2 MiB. 100,000 chats active within HeardLatelyS push a third of one another
    /// out; who is pushed out is served as normal.
    /// </summary>
    public const int HeardPlaces = 1 << 18;

    /// <summary>Chats that blocked a bot and are remembered, about 100 bytes each. One more is not remembered: bulk to it costs a 403 each time.</summary>
    public const int SuppressedChatsMax = 500_000;

    /// <summary>Groups that became supergroups and are remembered. One more is not: each call to it costs a refusal and a second attempt.</summary>
    public const int MigratedChatsMax = 100_000;

    /// <summary>@names whose chat is known. At the bound all are forgotten and learned again.</summary>
    public const int ChatNamesMax = 10_000;

    /// <summary>How often one call is sent on to another chat. A group becomes a supergroup once; the rest is a server that runs in circles.</summary>
    public const int MigrationHopsMax = 3;

    /// <summary>First pause after a 5xx or a call that could not leave, milliseconds; each later one doubles it.</summary>
    public const int SendBackoffFirstMs = 250;

    /// <summary>Longest such pause, milliseconds.</summary>
    public const int SendBackoffCapMs = 8_000;

    /// <summary>Taken for retry_after when a 429 names none, seconds: what Telegram's own server names when it has no better figure.</summary>
    public const int FloodDefaultS = 5;

    /// <summary>How often the Stars spent are written, milliseconds: a crash forgets at most this long of paid messages (100 Stars at 1,000/s).</summary>
    public const int SpendingFlushMs = 1_000;

    // ── Lanes: the scheduler ────────────────────────────────────────────────────────────────────
    /// <summary>Calls that wait in all lanes of one bot. At 30 a second this is an hour; more only costs memory. A durable queue holds the rest.</summary>
    public const int LanesWaitingMax = 100_000;

    /// <summary>Grants after which a lower priority that was passed over gets one: it always keeps a ninth.</summary>
    public const int LaneShare = 8;

    /// <summary>Times that 429s halve a chat's rate: an eighth is slow enough for every limit that was ever seen, and still moves.</summary>
    public const int LaneHalvingsMax = 3;

    /// <summary>Quiet time after which a halved rate doubles again, seconds: the window of Telegram's limits per minute.</summary>
    public const int LaneRecoverStepS = 60;

    /// <summary>Longest retry_after that is believed, seconds. Hours occur; a longer one is a damaged answer.</summary>
    public const int LaneRetryAfterSMax = 86_400;

    /// <summary>Different chats that must draw a 429 within <see cref="BotFloodMs"/> before it is taken to be about the bot.</summary>
    public const int BotFloodChats = 3;

    /// <summary>Window of <see cref="BotFloodChats"/>, milliseconds.</summary>
    public const int BotFloodMs = 1_000;

    /// <summary>
    /// How long a call in flight is held reserved in the bot's budget, milliseconds. Answers come within a second; were uploads of minutes and hanging
    /// calls reserved too, a second's worth of them would stop the bot.
    /// </summary>
    public const int LaneFlightMs = 2_000;

    /// <summary>Entries and queues kept for reuse per bot: what a busy bot turns over within a second.</summary>
    public const int LaneEntriesPooledMax = 2_048;

    /// <summary>Idle lanes looked at in one pass of the loop: about a millisecond, so that forgetting a million holds nobody up.</summary>
    public const int LaneEvictionsPerPass = 4_096;

    /// <summary>Passes that a caller's thread runs before the thread pool takes over: a caller must not work for all others.</summary>
    public const int LanePassesInline = 2;

    // ── BotApi ──────────────────────────────────────────────────────────────────────────────────
    /// <summary>Largest upload, bytes: a local Bot API server takes 2,000 MB (TELEGRAM-FACTS, Files); 1 MiB surrounds it.</summary>
    public const long UploadRequestBytesMax = (2_000L << 20) + (1 << 20);

    /// <summary>Largest call without a file, bytes: 100 messages of entities and keyboards fit many times.</summary>
    public const int CallBytesMax = 1024 * 1024;

    /// <summary>Longest Idempotency-Key, characters. UUIDs have 36; this leaves room for readable ones.</summary>
    public const int IdempotencyKeyCharsMax = 200;

    /// <summary>How long an Idempotency-Key is remembered, hours.</summary>
    public const int IdempotencyHours = 24;

    // ── Outbox ──────────────────────────────────────────────────────────────────────────────────
    /// <summary>Messages of one page of a list.</summary>
    public const int OutboxPageMax = 1_000;

    /// <summary>Rows that one read of a list looks at, so that a search without an index never holds the reader for more than some milliseconds.</summary>
    public const int OutboxSliceRows = 2_000;

    /// <summary>Messages that one sweep expires, wakes, cancels or deletes in one transaction: some 10 ms of the writer.</summary>
    public const int OutboxSweepRows = 500;

    /// <summary>A broadcast whose recipients never came to an end is cancelled after this, hours.</summary>
    public const int OutboxLoadingHours = 24;

    /// <summary>
    /// Messages handed to the lanes, of all queues together, some 3 KB each. The paid tier's 1000/s at a round trip of half a second needs 500.
    /// </summary>
    public const int OutboxWindowMax = 2_048;

    /// <summary>Of one queue: a bot whose chats all wait for their minute must not fill the window for others.</summary>
    public const int OutboxWindowPerQueue = 512;

    /// <summary>What every queue gets however many there are: less could not keep a bot's 30/s busy.</summary>
    public const int OutboxShareMin = 16;

    /// <summary>Messages taken from one queue before the next has its turn.</summary>
    public const int OutboxPortion = 32;

    /// <summary>Bytes of parameters in the window: bounds memory when messages are as large as Limits.CallBytesMax.</summary>
    public const long OutboxWindowBytes = 32 << 20;

    /// <summary>Lanes named by what came or ended, per queue; beyond it walking the queue finds them faster.</summary>
    public const int OutboxNamedLanesMax = 4_096;

    /// <summary>How long a message may wait in its lane before it goes back to disk and others of the queue have the place, seconds.</summary>
    public const int OutboxMaxWaitS = 60;

    /// <summary>Least rest of a chat or queue after a failure, milliseconds.</summary>
    public const int OutboxRestMsMin = 1_000;

    /// <summary>Refusals of full lanes in a row that mean the bot itself is held back.</summary>
    public const int OutboxFullInARow = 16;

    /// <summary>Times a message is marked as sending before it fails: at the longest pauses this is more than a day.</summary>
    public const int OutboxAttemptsMax = 1_000;

    /// <summary>Time between two looks at what the clock brings (schedules, expiry, rests), milliseconds.</summary>
    public const int OutboxTickMs = 200;

    /// <summary>Time between two passes of the retention, seconds.</summary>
    public const int OutboxRetentionS = 600;

    /// <summary>How long messages that have left are waited for at stop, milliseconds; once more after they are cut off.</summary>
    public const int OutboxStopMs = 5_000;

    /// <summary>How often a stop looks whether all have ended, milliseconds.</summary>
    public const int OutboxStopPollMs = 20;

    /// <summary>Works that may wait for the outbox's turn at the state file: as many as the state file itself lets wait.</summary>
    public const int OutboxWorksMax = SqliteQueueMax;

    /// <summary>Works in one turn. At 20 µs each a turn holds the writer for 10 ms; beyond that neighbours would notice.</summary>
    public const int OutboxBundleMax = 512;

    /// <summary>Events kept of one message beside its last: what a reader of its history can use.</summary>
    public const int OutboxHistoryMax = 50;

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

    /// <summary>How long requests in flight may take to end after SIGTERM, seconds; with FanoutStopMs below the 30 s of orchestrators.</summary>
    public const int StopRequestsS = 10;
}
