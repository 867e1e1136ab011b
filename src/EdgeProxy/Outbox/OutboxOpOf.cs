namespace EdgeProxy.Outbox;

/// <summary>A work with a result.</summary>
/// <param name="work">Runs on the writer thread.</param>
/// <param name="unavailable">The result when nothing was written.</param>
internal sealed class OutboxOp<T>(Func<OutboxTransaction, T> work, T unavailable) : OutboxOp
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    public override void Run(OutboxTransaction transaction) => _result = work(transaction);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Fail() => _done.TrySetResult(unavailable);
}
