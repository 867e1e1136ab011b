namespace EdgeProxy.Telegram;

/// <summary>Whom a call addresses, as the caller wrote it. Default: nobody (no chat_id was found, or it is no chat).</summary>
/// <param name="Id">chat_id as the Bot API's signed number; 0 when it is not a number.</param>
/// <param name="Name">"@name", lower case, when chat_id was a username; "inline:" and the inline_message_id; "unreadable:"; else null.</param>
internal readonly record struct ChatTarget(long Id, string? Name)
{
    /// <summary>
    /// The chat of a body that we cannot read: Telegram's reader forgives more than ours, so it may be sent all the same. All of them wait in one lane.
    /// </summary>
    public static readonly ChatTarget Unreadable = new(0, "unreadable:");

    public bool IsNone => Id == 0 && Name is null;
}
