using EdgeProxy.Bots;

namespace EdgeProxy.BotApi;

/// <summary>What a valid client token opens.</summary>
/// <param name="Bot">Whose token goes to Telegram instead.</param>
/// <param name="Rights">What it may do there.</param>
/// <param name="Name">The token's name, for logs.</param>
internal readonly record struct ClientTokenGrant(Bot Bot, ClientTokenRights Rights, string Name);
