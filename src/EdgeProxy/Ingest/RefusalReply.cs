using System.Text;

namespace EdgeProxy.Ingest;

/// <summary>The answer to a refused call: a status, a metric label and one line of JSON in the Bot API's own shape, made once.</summary>
internal sealed class RefusalReply
{
    private static readonly RefusalReply[] Replies =
    [
        new(IngestRefusal.None, 200, "none", ""),
        new(IngestRefusal.UnknownBot, 404, "unknown_bot", "Not Found: no bot of that name is configured here"),
        new(IngestRefusal.WrongMethod, 405, "wrong_method", "Method Not Allowed: a webhook is called with POST"),
        new(IngestRefusal.WrongSource, 403, "wrong_source", "Forbidden: the caller's address is not one of Telegram's"),
        new(IngestRefusal.WrongSecret, 401, "wrong_secret", "Unauthorized: X-Telegram-Bot-Api-Secret-Token is missing or wrong"),
        new(IngestRefusal.TooLarge, 413, "too_large", "Request Entity Too Large: an update has at most 524288 bytes"),
        new(IngestRefusal.BodyBroken, 400, "body_broken", "Bad Request: the body ended early, came too slowly or is badly framed"),
        new(IngestRefusal.InvalidJson, 400, "invalid_json", "Bad Request: the body is not one JSON object in UTF-8"),
        new(IngestRefusal.NoUpdateId, 400, "no_update_id", "Bad Request: update_id is missing or not a 64-bit integer"),
        new(IngestRefusal.Empty, 400, "empty", "Bad Request: the body is empty"),
        new(IngestRefusal.JournalFull, 503, "journal_full", "Service Unavailable: the journal is full, send it again later"),
        new(IngestRefusal.DiskFailed, 503, "disk_failed", "Service Unavailable: the disk does not take writes, send it again later"),
        new(IngestRefusal.Stopping, 503, "stopping", "Service Unavailable: EdgeProxy is stopping, send it again"),
    ];

    private RefusalReply(IngestRefusal refusal, int status, string reason, string description)
    {
        Refusal = refusal;
        Status = status;
        Reason = reason;
        Json = Encoding.UTF8.GetBytes($$"""{"ok":false,"error_code":{{status}},"description":"{{description}}"}""" + "\n");
    }

    public IngestRefusal Refusal { get; }
    public int Status { get; }

    /// <summary>The value of the reason label in edgeproxy_updates_refused_total.</summary>
    public string Reason { get; }
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The caller should come back: the answer carries Retry-After.</summary>
    public bool Retry => Status == 503;

    public static RefusalReply Of(IngestRefusal refusal) => Replies[(int)refusal];

    /// <summary>All of them, in the enum's order.</summary>
    public static IReadOnlyList<RefusalReply> All => Replies;
}
