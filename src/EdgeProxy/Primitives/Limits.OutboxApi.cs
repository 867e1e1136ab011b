namespace EdgeProxy.Primitives;

/// <summary>Bounds of the message API and its status call-backs.</summary>
internal static partial class Limits
{
    /// <summary>Retry-After of a 503 of the message API, seconds: long enough for a full write queue to drain.</summary>
    public const int ApiRetryAfterS = 2;

    /// <summary>How far ahead not_before and expires_at may lie, days. Beyond a year it is a wrong unit or a wrong year.</summary>
    public const int OutboxHorizonDays = 366;

    /// <summary>Longest @name of a chat, characters, the @ included. Telegram's have at most 32; a little room costs nothing.</summary>
    public const int ChatNameCharsMax = 64;

    /// <summary>Longest callback_url, characters: what common servers and proxies take.</summary>
    public const int CallbackUrlCharsMax = 2_000;

    /// <summary>Longest name of a broadcast, characters: one line of a list.</summary>
    public const int BroadcastNameCharsMax = 200;

    /// <summary>Parts of one multipart message: an album of 10 with a thumbnail and a cover each, and the message itself.</summary>
    public const int UploadPartsMax = 32;

    /// <summary>Buffer between an upload and the disk, bytes: what a socket brings at once.</summary>
    public const int UploadBufferBytes = 64 * 1024;

    /// <summary>Room that uploads leave on the disk, bytes: the journal and the state file must still be able to write.</summary>
    public const long UploadDiskReserveBytes = 1L << 30;

    /// <summary>The room is looked at again after this many bytes of one file.</summary>
    public const long UploadRoomCheckBytes = 16L << 20;

    /// <summary>Largest body of a decision, bytes: a filter has a handful of short fields.</summary>
    public const int DecisionBytesMax = 16 * 1024;

    /// <summary>Chats of one broadcast.</summary>
    public const int BroadcastChatsMax = 1_000_000;

    /// <summary>Largest body of a broadcast, bytes: a million chats at 64 bytes each, and the message.</summary>
    public const long BroadcastBytesMax = (BroadcastChatsMax * 64L) + CallBytesMax;

    /// <summary>Longest line with a chat, bytes: the object form with a long name has some 100.</summary>
    public const int BroadcastLineBytesMax = 1024;

    /// <summary>Buffer a broadcast is read with, bytes; it grows only for a first line that is larger.</summary>
    public const int BroadcastBufferBytes = 64 * 1024;

    /// <summary>Chats stored in one transaction: beyond it an fsync is no longer what a chat costs, and other writers would wait.</summary>
    public const int BroadcastBatchChats = 1_000;

    /// <summary>Wrong lines named in one answer; then the rest is not read.</summary>
    public const int BroadcastWrongLinesMax = 10;

    /// <summary>How often call-backs that are due are looked for, ms: the least delay a receiver notices after a state was reached.</summary>
    public const int CallbackPollMs = 500;

    /// <summary>Call-backs read from the store at once: more than can be under way, so that hosts behind a slow one are seen.</summary>
    public const int CallbackPage = 512;

    /// <summary>Call-backs under way together: each holds a connection and some KB.</summary>
    public const int CallbacksMax = 64;

    /// <summary>The same for one host: one that hangs takes no more than an eighth.</summary>
    public const int CallbacksPerHostMax = 8;

    /// <summary>Rows of one page from which on a host that does not answer rests: fewer do not keep others from being seen.</summary>
    public const int CallbackCrowd = 128;

    /// <summary>How long such a host rests, seconds: one of its call-backs then tries again.</summary>
    public const int CallbackHostRestS = 30;

    /// <summary>How long one attempt may take, seconds: receivers answer at once and work later.</summary>
    public const int CallbackTimeoutS = 10;

    /// <summary>Attempts before a call-back is dead: at 60 to 120 s each they outlast the hours below.</summary>
    public const int CallbackAttemptsMax = 2_000;

    /// <summary>Age at which a call-back is dead, hours: a receiver that is down overnight still hears of everything.</summary>
    public const int CallbackHoursMax = 24;
}
