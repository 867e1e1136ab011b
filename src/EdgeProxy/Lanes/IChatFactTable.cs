namespace EdgeProxy.Lanes;

/// <summary>
/// Where facts about chats are kept: the state file, or PostgreSQL for all processes of a cluster. A write keeps what memory says at the moment of
/// the write, so the last of two racing changes is the one that stays. Its task completes once it is on disk; what it throws is told by
/// <see cref="IsFailure"/>.
/// </summary>
internal interface IChatFactTable
{
    /// <summary>Takes who wrote here to other processes; null when there are none.</summary>
    HeardShare? Heard { get; }

    /// <summary>Writes whether the chat is suppressed.</summary>
    Task KeepSuppressionAsync(ChatFacts facts, ChatKey key);

    /// <summary>Writes what the chat became.</summary>
    Task KeepMigrationAsync(ChatFacts facts, ChatKey key);

    /// <summary>A name is known here that was not. It is told and not kept.</summary>
    void TellName(long bot, string name, long chatId);

    /// <summary>Whether one of the above failed for the disk or the server, and not for a bug.</summary>
    bool IsFailure(Exception error);
}
