using EdgeProxy.Bots;

namespace EdgeProxy.Fanout;

/// <summary>A consumer of one bot's updates. Immutable; made from configuration at start.</summary>
internal sealed class Subscription
{
    /// <summary>"bot/name": the key of its cursor. Renaming it starts a new subscription.</summary>
    public required string Id { get; init; }
    public required Bot Bot { get; init; }
    public required Uri Url { get; init; }

    /// <summary>Sent as X-Telegram-Bot-Api-Secret-Token; null sends none.</summary>
    public string? Secret { get; init; }
    public UpdateFilter Filter { get; init; } = UpdateFilter.All;

    /// <summary>Deliveries in flight across queue keys, 1–1000.</summary>
    public int MaxInFlight { get; init; } = 40;

    /// <summary>Time for one delivery, from connect to the end of the reply.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where a subscription without a cursor begins: at the oldest kept update, or (default) with the next one.</summary>
    public bool StartFromOldest { get; init; }

    public override string ToString() => Id;
}
