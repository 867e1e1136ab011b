using EdgeProxy.Lanes;

namespace EdgeProxy.Outbox;

/// <summary>Names of <see cref="HistoryKind"/>, and which one an attempt is.</summary>
internal static class HistoryKinds
{
    public static HistoryKind Of(SendOutcome outcome) => (HistoryKind)((byte)outcome + 1);

    public static string Name(HistoryKind kind) => kind switch
    {
        HistoryKind.Sent => "sent",
        HistoryKind.RetryAfter => "retry_after",
        HistoryKind.Migrated => "migrated",
        HistoryKind.Blocked => "blocked",
        HistoryKind.Rejected => "rejected",
        HistoryKind.ServerError => "server_error",
        HistoryKind.NotSent => "not_sent",
        HistoryKind.Unknown => "unknown",
        HistoryKind.LaneFull => "lane_full",
        HistoryKind.Suppressed => "suppressed",
        HistoryKind.Abandoned => "abandoned",
        HistoryKind.Accepted => "accepted",
        HistoryKind.Cancelled => "cancelled",
        HistoryKind.Retried => "retried",
        HistoryKind.Resolved => "resolved",
        HistoryKind.Recovered => "recovered",
        HistoryKind.Expired => "expired",
        _ => "none",
    };
}
