namespace EdgeProxy.Telegram;

/// <summary>Chat.type of the Bot API, plus None where the update has no chat. "sender" occurs only in inline queries.</summary>
internal enum ChatType : byte
{
    None = 0,
    Private = 1,
    Group = 2,
    Supergroup = 3,
    Channel = 4,
    Sender = 5,
}
