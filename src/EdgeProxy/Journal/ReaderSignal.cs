using System.Threading.Tasks.Sources;

namespace EdgeProxy.Journal;

/// <summary>
/// Wakes one reader without polling and without allocating: the reader arms it, the writer sets it, a pool thread runs the continuation.
/// At most one wait at a time.
/// </summary>
internal sealed class ReaderSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Armed = 1;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = false };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private int _state;

    /// <summary>From now on Set and cancellation complete the wait.</summary>
    public void Arm()
    {
        _core.Reset();
        Interlocked.Exchange(ref _state, Armed);
    }

    /// <summary>True when the wait was taken back before anyone completed it.</summary>
    public bool TryDisarm() => Interlocked.CompareExchange(ref _state, Idle, Armed) == Armed;

    /// <summary>The armed wait as a task.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var task = new ValueTask(this, _core.Version);
        _token = cancellationToken;
        _cancellation = cancellationToken.UnsafeRegister(static s => ((ReaderSignal)s!).Cancel(), this);
        return task;
    }

    public void Set()
    {
        if (Volatile.Read(ref _state) == Armed && TryDisarm())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute() => _core.SetResult(true);

    public void GetResult(short token)
    {
        _cancellation.Dispose();
        _cancellation = default;
        _core.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        if (TryDisarm())
            _core.SetException(new OperationCanceledException(_token));
    }
}
