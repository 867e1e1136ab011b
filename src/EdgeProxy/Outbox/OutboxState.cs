namespace EdgeProxy.Outbox;

/// <summary>The outbox at a moment, for metrics and health.</summary>
/// <param name="Running">It owns the messages and sends. False before the first write succeeded, and after another owner took over.</param>
/// <param name="InFlight">Messages handed to the lanes.</param>
/// <param name="OldestReadyAgeMs">Age of the oldest message that could go now, milliseconds; 0 when there is none.</param>
/// <param name="Bots">One per bot.</param>
internal readonly record struct OutboxState(bool Running, int InFlight, long OldestReadyAgeMs, IReadOnlyList<OutboxSnapshot> Bots);
