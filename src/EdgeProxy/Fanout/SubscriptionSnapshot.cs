namespace EdgeProxy.Fanout;

/// <summary>One subscription at one moment, for health, metrics and the operator.</summary>
/// <param name="Id">"bot/name".</param>
/// <param name="State">What it does.</param>
/// <param name="Position">Read position in the journal; 0 when it reads several logs.</param>
/// <param name="LagBytes">Journal bytes from the oldest unfinished record to the tail.</param>
/// <param name="LagRecords">Unfinished records: those read exactly, those unread by their average size.</param>
/// <param name="OldestAgeMs">Age of the oldest unfinished record, milliseconds; 0 when there is none.</param>
/// <param name="InFlight">Attempts that run.</param>
/// <param name="Window">Attempts that may run.</param>
/// <param name="ParkedKeys">Queue keys that wait for a retry.</param>
/// <param name="ParkedRecords">Records of those keys.</param>
/// <param name="LostToRetention">Records or gaps that were deleted before they could be delivered, since start.</param>
/// <param name="LastError">The last failure in words, null when there was none since start.</param>
internal sealed record SubscriptionSnapshot(
    string Id, SubscriptionState State, long Position, long LagBytes, long LagRecords, long OldestAgeMs, int InFlight, int Window,
    int ParkedKeys, int ParkedRecords, long LostToRetention, string? LastError)
{
    /// <summary>Together with the same subscription over another log.</summary>
    public SubscriptionSnapshot With(SubscriptionSnapshot other) => new(
        Id, (SubscriptionState)Math.Max((byte)State, (byte)other.State), 0, LagBytes + other.LagBytes, LagRecords + other.LagRecords,
        Math.Max(OldestAgeMs, other.OldestAgeMs), InFlight + other.InFlight, Window + other.Window, ParkedKeys + other.ParkedKeys,
        ParkedRecords + other.ParkedRecords, LostToRetention + other.LostToRetention, LastError ?? other.LastError);
}
