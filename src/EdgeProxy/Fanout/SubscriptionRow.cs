namespace EdgeProxy.Fanout;

/// <summary>A subscription that the API made, as tables keep it.</summary>
/// <param name="Number">Grows with each that is made; never used twice.</param>
/// <param name="BotId">The bot stands there by its id, so that renaming it in the configuration keeps its subscriptions.</param>
/// <param name="Name">One of the bot's.</param>
/// <param name="Json">What was asked for, as it came.</param>
internal sealed record SubscriptionRow(long Number, long BotId, string Name, string Json);
