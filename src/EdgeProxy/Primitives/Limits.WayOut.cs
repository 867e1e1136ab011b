namespace EdgeProxy.Primitives;

/// <summary>Bounds of the way out: calls, lanes, the drop-in surface, the outbox.</summary>
internal static partial class Limits
{
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

    /// <summary>
    /// Bodies of calls under way held in memory, bytes, all callers together: 10,000 of the longest texts (a Cyrillic one is 25 KB). Beyond it 429.
    /// </summary>
    public const long CallBytesHeldMax = 256L << 20;

    /// <summary>
    /// An upload of at most this size is read whole, bytes: it costs no more than what waits in the socket's buffers anyway, and can be sent again
    /// after a 429. 300 of them waiting for one chat are 19 MB.
    /// </summary>
    public const int UploadBufferedBytesMax = 64 * 1024;

    /// <summary>All spooled uploads together, bytes: four of the largest. Beyond it 503, so that a full disk does not stop the journal.</summary>
    public const long UploadSpoolBytesMax = 4 * UploadRequestBytesMax;

    /// <summary>Bytes read from or written to a file or a connection at once.</summary>
    public const int UploadCopyBytes = 64 * 1024;

    /// <summary>Headers of one part of multipart/form-data, bytes. Real ones have about 150; a file name has at most 255 characters.</summary>
    public const int MultipartHeaderBytesMax = 8 * 1024;

    /// <summary>One field of multipart/form-data that is no file, bytes: as much as a whole call without files.</summary>
    public const int MultipartFieldBytesMax = CallBytesMax;

    /// <summary>Longest boundary, characters. RFC 2046 allows 70; some clients take more.</summary>
    public const int MultipartBoundaryCharsMax = 200;

    /// <summary>Slowest body of a call accepted, bytes/s, after the grace below. A phone's line does ten times that.</summary>
    public const int CallBodyBytesPerSecondMin = 2 * 1024;

    /// <summary>Grace before the rate above counts, seconds.</summary>
    public const int CallBodyGraceS = 10;

    /// <summary>A download of which Telegram sends no byte for this time is given up, seconds: a lost peer, not a slow one.</summary>
    public const int DownloadStallS = 60;

    /// <summary>Retry-After of a 503, seconds, when the disk has no room for an upload: the others in progress take about that long.</summary>
    public const int UploadRetryAfterS = 5;

    /// <summary>Longest Idempotency-Key, characters. UUIDs have 36; this leaves room for readable ones.</summary>
    public const int IdempotencyKeyCharsMax = 200;

    /// <summary>How long an Idempotency-Key is remembered, hours.</summary>
    public const int IdempotencyHours = 24;

    /// <summary>Keys remembered per bot: 11 keyed sends a second all day; with answers of about 1 KB they are 1.5 GB of the state file.</summary>
    public const int IdempotencyKeysPerBotMax = 1_000_000;

    /// <summary>Keyed calls under way at once, all bots together: each holds some 300 bytes beside its call.</summary>
    public const int IdempotencyInFlightMax = 20_000;

    /// <summary>Time between two looks for keys that are too old, milliseconds: they outlive their hours by at most this.</summary>
    public const int IdempotencySweepMs = 60_000;

    /// <summary>Old keys removed in one write: short enough that sends waiting for the same disk do not notice.</summary>
    public const int IdempotencySweepRows = 256;

    /// <summary>Keys of EdgeProxy's own API: each call compares its key with all of them.</summary>
    public const int ApiKeysMax = 256;

    /// <summary>Shortest key of EdgeProxy's own API, characters: 24 of base64 are 144 bits, beyond guessing.</summary>
    public const int ApiKeyCharsMin = 24;

    /// <summary>Longest such key, characters: they have about 43; a longer one is not hashed.</summary>
    public const int ApiKeyCharsMax = 512;

    /// <summary>Shortest secret that signs call-backs, characters.</summary>
    public const int CallbackSecretCharsMin = 16;

    /// <summary>Retry-After of a 503 of the client tokens, seconds: a full disk is tried again every two.</summary>
    public const int ClientTokenRetryAfterS = 5;

    /// <summary>Client tokens of one process, all in memory: at most some 6 KB each with every scope filled.</summary>
    public const int ClientTokensMax = 10_000;

    /// <summary>Entries of a client token's list of methods, and of its list of chats.</summary>
    public const int ClientTokenScopeMax = 100;

    /// <summary>Largest request for a client token, bytes: both lists filled with the longest names are 11 KB.</summary>
    public const int ClientTokenRequestBytesMax = 32 * 1024;

    // ── Outbox ──────────────────────────────────────────────────────────────────────────────────
    /// <summary>Messages of one page of a list.</summary>
    public const int OutboxPageMax = 1_000;

    /// <summary>Rows that one read of a list looks at, so that a search without an index never holds the reader for more than some milliseconds.</summary>
    public const int OutboxSliceRows = 2_000;

    /// <summary>
    /// Slices a second in the search for the oldest message that is ready: ten million rows that were sent long ago are passed over within minutes of a
    /// start, at some 20 ms a second.
    /// </summary>
    public const int OutboxOldestSlices = 16;

    /// <summary>
    /// Rows that one page of a list looks at, some 100 ms: a search that finds nothing in ten million must not work on for a caller who has gone.
    /// </summary>
    public const int OutboxPageRows = 100_000;

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
}
