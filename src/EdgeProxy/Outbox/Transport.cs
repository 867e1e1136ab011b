namespace EdgeProxy.Outbox;

/// <summary>Which way a message goes to Telegram.</summary>
internal enum Transport : byte
{
    /// <summary>The bot's own, through the lanes.</summary>
    BotApi = 0,

    /// <summary>A user session's. Telegram takes a random_id once, so a doubt is settled by sending again, and no message ends in unknown.</summary>
    Mtproto = 1,
}
