namespace EdgeProxy.Redis;

/// <summary>
/// The life of a command: Free → Queued → Written → Done, and back to Queued when it is written anew. Every step is one exchange of the state,
/// which also counts uses: the clock may look at a command at any moment and loses the exchange when it has moved on.
/// </summary>
internal sealed partial class RedisCommand
{
    private const long PhaseMask = 3;
    private const long OneUse = 4;
    private long _deadline;
    private long _sentAt;

    /// <summary>The connection it was handed to last.</summary>
    internal RedisConnection? Connection { get; set; }

    /// <summary>Timestamp at which its time is over.</summary>
    internal long Deadline => Volatile.Read(ref _deadline);

    internal int Replays { get; set; }

    internal int ScriptLoads { get; set; }

    internal int Redirects { get; set; }

    /// <summary>It goes out behind ASKING (the slot is on its way to this node).</summary>
    internal bool IsAsking { get; set; }

    /// <summary>Counts against the bound of the client.</summary>
    internal bool IsCounted { get; private set; }

    /// <summary>Holds a password: its bytes are wiped before the buffer is used again.</summary>
    internal bool IsSecret { get; set; }

    internal RedisCommand Rented(int timeOutMs)
    {
        TimeOutMs = timeOutMs;
        _isDisposed = false;
        _holds = 1;
        return this;
    }

    /// <summary>Free → Queued. The client holds it from here on.</summary>
    internal ValueTask<RedisOutcome> Begin(long now, long deadline, bool isCounted)
    {
        if (Phase != RedisPhase.Free) throw new InvalidOperationException("A command is sent once.");
        IsCounted = isCounted;
        _sentAt = now;
        Volatile.Write(ref _deadline, deadline);
        Interlocked.Increment(ref _holds);
        short token = _source.Version;
        Volatile.Write(ref _state, (_state & ~PhaseMask) | (long)RedisPhase.Queued);
        return new(this, token);
    }

    /// <summary>Queued → Written. False when its time was over before.</summary>
    internal bool TryWrite() => TryMove(RedisPhase.Queued, RedisPhase.Written);

    /// <summary>Written → Queued, to be written once more. False when its time was over before.</summary>
    internal bool TryRequeue()
    {
        ForgetReply();
        return TryMove(RedisPhase.Written, RedisPhase.Queued);
    }

    /// <summary>Ends it from the phase given. False when somebody else did.</summary>
    internal bool TryEnd(RedisPhase from, RedisOutcome outcome)
    {
        long state = Volatile.Read(ref _state);
        return (RedisPhase)(state & PhaseMask) == from && TryEnd(state, outcome);
    }

    /// <summary>
    /// Called by the clock: ends it when its time is over. NotSent while it was queued, TimedOut once it was written.
    /// </summary>
    /// <returns>The connection that owes the reply, or null.</returns>
    internal RedisConnection? Expire(long now)
    {
        long state = Volatile.Read(ref _state);
        var phase = (RedisPhase)(state & PhaseMask);
        if (phase is not (RedisPhase.Queued or RedisPhase.Written) || now < Deadline) return null;
        RedisConnection? connection = Connection;
        bool isWritten = phase == RedisPhase.Written;
        return TryEnd(state, isWritten ? RedisOutcome.TimedOut : RedisOutcome.NotSent) && isWritten ? connection : null;
    }

    /// <summary>One holder lets go; the last one brings it back.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _holds) > 0) return;
        _state = (_state & ~PhaseMask) + OneUse;
        if (!IsPooled) return;
        if (IsSecret) Array.Clear(_request);
        _request = Shrunk(_request);
        _reply = Shrunk(_reply);
        (_requestStart, _requestEnd, _replyBytes, _arguments) = (0, HeadBytes, 0, 0);
        (Replays, ScriptLoads, Redirects, Slot) = (0, 0, 0, -1);
        _outcome = RedisOutcome.NotSent;
        (IsAsking, IsIdempotent, IsSecret, IsBlocking) = (false, false, false, false);
        (Script, Connection, Next) = (null, null, null);
        _source.Reset();
        _pool.Return(this);
    }

    private bool TryMove(RedisPhase from, RedisPhase to)
    {
        long state = Volatile.Read(ref _state);
        return (RedisPhase)(state & PhaseMask) == from
            && Interlocked.CompareExchange(ref _state, (state & ~PhaseMask) | (long)to, state) == state;
    }

    private bool TryEnd(long state, RedisOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _state, (state & ~PhaseMask) | (long)RedisPhase.Done, state) != state) return false;
        _outcome = outcome;
        if (IsCounted && !IsBlocking) RedisMetrics.Ended(outcome, _pool.SecondsSince(_sentAt));
        _source.SetResult(outcome);
        return true;
    }
}
