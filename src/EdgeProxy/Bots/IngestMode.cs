namespace EdgeProxy.Bots;

/// <summary>How a bot's updates reach EdgeProxy.</summary>
internal enum IngestMode : byte
{
    /// <summary>Telegram posts them to /telegram/webhook/{bot}.</summary>
    Webhook,

    /// <summary>EdgeProxy asks with getUpdates.</summary>
    Polling,

    /// <summary>They do not: EdgeProxy neither polls nor takes webhooks, and leaves alone what is registered at Telegram.</summary>
    Off,
}
