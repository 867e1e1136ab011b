namespace EdgeProxy.Simulator.Delivery;

/// <summary>What setWebhook was told.</summary>
/// <param name="Url">Where updates are posted.</param>
/// <param name="Secret">Value of X-Telegram-Bot-Api-Secret-Token; empty when none was given.</param>
/// <param name="MaxConnections">Requests in flight at once, 1–100.</param>
internal sealed record WebhookSettings(string Url, string Secret, int MaxConnections);
