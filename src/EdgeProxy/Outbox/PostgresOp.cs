namespace EdgeProxy.Outbox;

/// <summary>A piece of work that waits for the next transaction, with the rows that are to be locked and read for it.</summary>
internal abstract class PostgresOp
{
    public IReadOnlyList<long> Messages { get; init; } = [];

    /// <summary>Beyond those that the messages belong to.</summary>
    public IReadOnlyList<long> Broadcasts { get; init; } = [];

    /// <summary>Who owns the messages' bots is locked too: nobody takes one over before this has ended.</summary>
    public bool NeedsOwner { get; init; }

    /// <summary>A key to look up; its bot is 0 when there is none.</summary>
    public (long Bot, string Text) Key { get; init; }

    /// <summary>Chats that may be among the first broadcast's recipients.</summary>
    public IReadOnlyList<long> Recipients { get; init; } = [];

    /// <summary>Rows it writes, about.</summary>
    public int Rows => 1 + Messages.Count + Recipients.Count;

    /// <summary>Bytes of parameters it writes.</summary>
    public int Bytes { get; init; }

    /// <summary>Decides; runs again when the transaction has to.</summary>
    public abstract void Run(PostgresTransaction transaction);

    /// <summary>It is committed.</summary>
    public abstract void Complete();

    /// <summary>It failed.</summary>
    /// <param name="maybe">The answer to the commit was lost: it may have been written.</param>
    public abstract void Fail(bool maybe);
}
