namespace EdgeProxy.Telegram;

/// <summary>What the number in a <see cref="QueueKey"/> stands for. On disk in the journal: never renumber.</summary>
internal enum QueueScope : byte
{
    /// <summary>No chat, user or poll could be named: the update stands alone and the id is its update_id.</summary>
    Update = 0,
    Chat = 1,
    User = 2,
    Poll = 3,
}
