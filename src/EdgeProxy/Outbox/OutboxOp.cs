namespace EdgeProxy.Outbox;

/// <summary>A piece of work that waits for the outbox's next transaction.</summary>
internal abstract class OutboxOp
{
    /// <summary>On the writer thread; may run again when the transaction was undone because of a neighbour.</summary>
    public abstract void Run(OutboxTransaction transaction);

    /// <summary>It is on disk.</summary>
    public abstract void Complete();

    /// <summary>Nothing of it was written.</summary>
    public abstract void Fail();
}
