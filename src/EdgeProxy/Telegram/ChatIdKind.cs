namespace EdgeProxy.Telegram;

/// <summary>What a chat id names. The bare number alone cannot tell a user from a supergroup, so the kind is kept beside it.</summary>
internal enum ChatIdKind : byte
{
    /// <summary>No chat: only in <c>default(ChatId)</c>.</summary>
    None = 0,
    User = 1,

    /// <summary>Basic group.</summary>
    Group = 2,

    /// <summary>Supergroup or channel: they share one space.</summary>
    Channel = 3,
}
