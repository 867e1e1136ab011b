namespace EdgeProxy.BotApi;

/// <summary>
/// Where Idempotency-Keys are kept: the state file, or PostgreSQL for all processes of a cluster. A task that completes has its row on disk; what
/// it throws is told by <see cref="IsFailure"/>. A row counts for Limits.IdempotencyHours.
/// </summary>
internal interface IIdempotencyTable
{
    /// <summary>What is known of the ticket's key; null when nothing is.</summary>
    Task<IdempotencyRow?> FindAsync(IdempotencyTicket ticket);

    /// <summary>Writes a row in state "sending", in place of one that is too old; the one moment at which processes meet.</summary>
    /// <returns>By how many rows the table grew: 0 or 1; -1 when another process has the key: nothing was written.</returns>
    Task<int> MarkAsync(IdempotencyTicket ticket);

    /// <summary>The call has ended with this answer.</summary>
    Task AnswerAsync(IdempotencyTicket ticket, IdempotencyAnswer answer);

    /// <summary>The call has left and nobody will know its end.</summary>
    Task DoubtAsync(IdempotencyTicket ticket);

    /// <summary>Telegram did not take the call.</summary>
    /// <returns>Rows removed: 0 or 1.</returns>
    Task<int> RemoveAsync(IdempotencyTicket ticket);

    /// <summary>Removes what is too old, the oldest first, <paramref name="most"/> rows at once.</summary>
    /// <returns>The bot of each row removed; none when another process is at it.</returns>
    Task<List<long>> RemoveOldAsync(int most);

    /// <summary>Rows of each bot, when other processes write too; null when this one has counted itself.</summary>
    Task<Dictionary<long, int>?> CountAsync();

    /// <summary>Whether one of the above failed for the disk or the server, and not for a bug.</summary>
    bool IsFailure(Exception error);
}
