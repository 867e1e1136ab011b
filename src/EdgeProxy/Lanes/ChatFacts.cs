using EdgeProxy.Bots;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>
/// What is known of chats beyond their budgets: who wrote lately, who blocked the bot, which group became which supergroup, which @name is which
/// chat. Blocks and migrations survive a restart.
/// </summary>
internal sealed class ChatFacts
{
    public static readonly Migration[] Migrations = [];

    public ChatFacts(StateFile state, TimeProvider time, ILogger logger)
    {
        (_, _, _) = (state, time, logger);
    }

    /// <summary>An update was stored. Called on the hot path of webhooks: no lock, no allocation.</summary>
    public void Heard(Bot bot, in UpdateEnvelope update)
    {
    }

    /// <summary>Whether the chat wrote within Limits.HeardLatelyS.</summary>
    public bool HeardLately(Bot bot, long chatId) => false;

    /// <summary>Whether a 403 stands against the chat and it was not heard from since.</summary>
    public bool IsSuppressed(Bot bot, long chatId) => false;

    /// <summary>The chat that <paramref name="chatId"/> became, or itself.</summary>
    public long Current(Bot bot, long chatId) => chatId;
}
