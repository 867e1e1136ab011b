namespace EdgeProxy.Primitives;

/// <summary>Bounds of the Admin room: the MTProto process, its calls, and the jobs.</summary>
internal static partial class Limits
{
    // ── The process ─────────────────────────────────────────────────────────────────────────────
    /// <summary>After SIGTERM the process may finish its calls this long, seconds: it gives them 10 itself; then it is killed.</summary>
    public const int SidecarStopS = 12;

    /// <summary>Running this long counts as well, ms: the next end is a new failure and not the next of a row.</summary>
    public const int SidecarSteadyMs = 60_000;

    /// <summary>How often its health is asked for, ms: what an operator takes for at once.</summary>
    public const int SidecarProbeMs = 5_000;

    /// <summary>Time for one look at its health, seconds; it answers from memory.</summary>
    public const int SidecarProbeS = 3;

    /// <summary>Longest line of its log that is passed on, characters; its own lines have some hundred.</summary>
    public const int SidecarLogCharsMax = 8 * 1024;

    /// <summary>Longest path of a Unix socket, bytes: sun_path has 108 with its zero (unix(7)).</summary>
    public const int UnixPathBytesMax = 107;

    /// <summary>Least characters of the shared secret: what the process itself asks for.</summary>
    public const int SidecarSecretCharsMin = 24;

    // ── Calls ───────────────────────────────────────────────────────────────────────────────────
    /// <summary>Time for one call, seconds: sending a file of 2,000 MiB takes Telegram up to 180 there, and its turn comes before that.</summary>
    public const int SidecarCallS = 240;

    /// <summary>Largest answer that is read whole, bytes: a page of 200 members has about 100 KB.</summary>
    public const int SidecarAnswerBytesMax = 8 * 1024 * 1024;

    /// <summary>Connecting, seconds; it is the same machine.</summary>
    public const int SidecarConnectS = 5;

    /// <summary>An idle connection is let go after this, seconds: before the process does (75), so that no call meets a closed one.</summary>
    public const int SidecarIdleS = 60;

    /// <summary>Retry-After while the process is down, seconds: its first restarts come sooner.</summary>
    public const int SidecarRetryAfterS = 2;

    // ── Jobs ────────────────────────────────────────────────────────────────────────────────────
    /// <summary>Unfinished jobs of one account: days of work at Telegram's pace.</summary>
    public const int AdminOpenJobsMax = 1_000;

    /// <summary>Largest body that makes a job, bytes: a photo as base64 and the lists beside it.</summary>
    public const int AdminBodyBytesMax = 4 * 1024 * 1024;

    /// <summary>Largest body of an account call, bytes: a session has 370 characters.</summary>
    public const int AdminSmallBodyBytesMax = 16 * 1024;

    /// <summary>Largest group photo, bytes. Telegram shows 640 × 640; a JPEG of that has 0.1 MB.</summary>
    public const int AdminPhotoBytesMax = 2 * 1024 * 1024;

    /// <summary>Bots of one call: a supergroup has at most 50 administrators.</summary>
    public const int AdminBotsMax = 50;

    /// <summary>Topics of one call; more go in further calls.</summary>
    public const int AdminTopicsMax = 100;

    /// <summary>Failures of one step before it is given up; flood waits do not count. At 60 to 120 s each that is a day.</summary>
    public const int AdminAttemptsMax = 1_000;

    /// <summary>Least wait after a call that failed, ms: RetrySchedule's first retry is at once.</summary>
    public const int AdminRetryMs = 1_000;

    /// <summary>Wait before a lost creation is looked for the second time, ms: what was under way may still arrive.</summary>
    public const int AdminLookAgainMs = 5_000;

    /// <summary>Longest an account's loop sleeps, ms: its jobs are then looked for again although nobody called.</summary>
    public const int AdminIdleMs = 60_000;

    /// <summary>Wait after the state file failed, ms.</summary>
    public const int AdminFaultMs = 1_000;

    /// <summary>Finished jobs and their Idempotency-Keys are kept so long, days.</summary>
    public const int AdminKeepDays = 30;

    /// <summary>How often what is too old is removed, ms.</summary>
    public const int AdminSweepMs = 3_600_000;

    /// <summary>Jobs of one page.</summary>
    public const int AdminPageMax = 200;

    // ── Progress ────────────────────────────────────────────────────────────────────────────────
    /// <summary>Watchers of jobs at once: each asks the state file twice a second.</summary>
    public const int AdminEventsMax = 64;

    /// <summary>How often a watched job is looked at, ms.</summary>
    public const int AdminEventPollMs = 500;

    /// <summary>A silent event stream sends a comment after this, ms: proxies close at 60 s.</summary>
    public const int AdminEventPulseMs = 15_000;

    // ── Files ───────────────────────────────────────────────────────────────────────────────────
    /// <summary>Size of one part, bytes; Telegram's largest (core.telegram.org/api/files).</summary>
    public const int AdminPartBytes = 512 * 1024;

    /// <summary>Largest file, bytes: 4,000 parts.</summary>
    public const long AdminFileBytesMax = 4_000L * AdminPartBytes;

    /// <summary>Bytes handed to the process in one call and kept until it has them: what a restart of it costs, twice in memory for each upload.</summary>
    public const int AdminChunkBytes = 8 * AdminPartBytes;

    /// <summary>Uploads at once: each holds two chunks; the process itself runs four transfers.</summary>
    public const int AdminUploadsMax = 8;

    /// <summary>An upload that makes no progress for this long lets its caller go, ms; he goes on later.</summary>
    public const int AdminUploadStallMs = 300_000;

    /// <summary>Unfinished uploads are given up after this, hours: Telegram keeps parts for some hours only.</summary>
    public const int AdminUploadHours = 24;

    /// <summary>Times a broken download is taken up again by itself without a byte between.</summary>
    public const int AdminDownloadTries = 8;

    // ── Members ─────────────────────────────────────────────────────────────────────────────────
    /// <summary>Members of one page: Telegram's most (channels.getParticipants).</summary>
    public const int AdminMembersPage = 200;

    /// <summary>What Telegram gives for one filter. More than that is asked for by beginnings of names.</summary>
    public const int AdminMembersPerQuery = 10_000;

    /// <summary>Members of one export: a supergroup has at most 200,000.</summary>
    public const int AdminMembersMax = 250_000;

    /// <summary>Longest beginning that is asked for, characters: names that agree in more, 10,000 times, are not people.</summary>
    public const int AdminPrefixCharsMax = 16;

    /// <summary>Exports at once: each holds the ids it has seen, 5 MB at the most.</summary>
    public const int AdminExportsMax = 4;

    /// <summary>An export can be taken up again for this long, hours.</summary>
    public const int AdminExportHours = 24;

    /// <summary>A wait that Telegram asks for is sat out within an export up to this, ms; beyond it the caller comes back with his cursor.</summary>
    public const int AdminExportWaitMs = 60_000;
}
