namespace EdgeProxy.Outbox;

/// <summary>A work with a result.</summary>
/// <param name="work">Decides over the locked rows.</param>
/// <param name="unavailable">The result when it is not certain that it was written.</param>
internal sealed class PostgresWork<T>(Func<PostgresTransaction, T> work, T unavailable) : PostgresOp
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    /// <summary>Failed, and nobody knows whether it was written.</summary>
    public bool IsDoubtful { get; private set; }

    public override void Run(PostgresTransaction transaction) => _result = work(transaction);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Fail(bool maybe)
    {
        IsDoubtful = maybe;
        _done.TrySetResult(unavailable);
    }
}
