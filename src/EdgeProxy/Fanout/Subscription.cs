using EdgeProxy.Bots;

namespace EdgeProxy.Fanout;

/// <summary>A consumer of one bot's updates. Immutable; made from configuration, or by the API.</summary>
internal sealed class Subscription
{
    /// <summary>"bot/name". Renaming it starts a new subscription.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the table of those that the API made; 0 for one of the configuration.</summary>
    public long Number { get; init; }
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

    /// <summary>The key of its cursor. One that the API makes again under an old name has a new one: it begins anew.</summary>
    public string CursorKey => Number == 0 ? Id : $"#{Number}";

    /// <summary>Without its bot.</summary>
    public string Name => Id[(Bot.Name.Length + 1)..];

    public static string IdOf(Bot bot, string name) => $"{bot.Name}/{name}";

    /// <summary>1 to 64 of a–z 0–9 _ -.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 1 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-');

    public override string ToString() => Id;
}
