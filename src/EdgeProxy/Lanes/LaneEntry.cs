using System.Threading.Tasks.Sources;

namespace EdgeProxy.Lanes;

/// <summary>
/// One call on its way through a lane: what its caller awaits, its letter to the loop, its place in the queue, and from the grant on the proof of
/// it. Pooled. The caller writes the letter before it is posted; everything under "the loop's" belongs to the loop from then on.
/// </summary>
internal sealed class LaneEntry(LaneEntryPool pool) : LaneMail, IValueTaskSource<LaneGrant>, IDue
{
    private ManualResetValueTaskSourceCore<LaneGrant> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private int _turn;

    // ── the letter ──
    public LaneRequest Request { get; private set; }
    public LaneStep Step { get; private set; }
    public SendOutcome Outcome { get; private set; }
    public int RetryAfterS { get; private set; }
    public int NotBeforeMs { get; private set; }

    /// <summary>What the shared budget said.</summary>
    public BudgetReply Reply { get; private set; }

    // ── the loop's ──
    /// <summary>The loop that knows it; another one after a bug.</summary>
    public LaneLoop? Loop { get; set; }

    /// <summary>Its loop broke while it waited: pieces of that loop may still point to it, so it is not used again.</summary>
    public bool IsLost { get; set; }
    public ChatLane? Lane { get; set; }
    public LaneEntry? Before { get; set; }
    public LaneEntry? After { get; set; }

    /// <summary>Index of the list it waits in; -1 when it does not wait.</summary>
    public int Queue { get; set; } = -1;

    /// <summary>End of the wait.</summary>
    public long DueAt { get; set; }
    public int HeapSlot { get; set; } = -1;
    public long EnteredAt { get; set; }
    public long GrantedAt { get; set; }
    public long NotBefore { get; set; }

    /// <summary>The grant cost Stars instead of the free budget.</summary>
    public bool ByStars { get; set; }

    /// <summary>In flight for so long that the bot's budget charged it already.</summary>
    public bool IsGrounded { get; set; }

    /// <summary>Takes what is otherwise left for higher priorities: it was passed over too often.</summary>
    public bool ToTheLast { get; set; }

    /// <summary>The shared budget was asked and has not answered.</summary>
    public bool IsAsking { get; set; }

    /// <summary>Its caller went away meanwhile.</summary>
    public bool IsGone { get; set; }

    /// <summary>Index of the list it was taken from.</summary>
    public int TakenFrom { get; set; }

    /// <summary>The server's second of its reservation; 0 without one.</summary>
    public long ReservedSecond { get; set; }

    public int Turn => Volatile.Read(ref _turn);
    public bool IsDecided => _wait.GetStatus(_wait.Version) != ValueTaskSourceStatus.Pending;

    public void Write(in LaneRequest request)
    {
        _wait.Reset();
        (Request, Step, NotBeforeMs, IsGone) = (request, LaneStep.Enter, 0, false);
        Volatile.Write(ref _turn, _turn + 1);
    }

    /// <summary>The next attempt. Ends the grant.</summary>
    public void WriteAgain(int turn, SendOutcome outcome, int retryAfterS, int notBeforeMs, int maxWaitMs)
    {
        EndGrant(turn);
        _wait.Reset();
        (Step, Outcome, RetryAfterS, NotBeforeMs) = (LaneStep.Again, outcome, retryAfterS, notBeforeMs);
        Request = Request with { MaxWaitMs = maxWaitMs };
        IsGone = false;
    }

    public void WriteLeave(int turn, SendOutcome outcome, int retryAfterS)
    {
        EndGrant(turn);
        (Step, Outcome, RetryAfterS) = (LaneStep.Leave, outcome, retryAfterS);
    }

    public void WriteReserved(in BudgetReply reply) => (Step, Reply) = (LaneStep.Reserved, reply);

    /// <summary>From here on the entry is the caller's again, unless it was granted.</summary>
    public void Decide(LaneVerdict verdict, int retryAfterS) =>
        _wait.SetResult(new LaneGrant(verdict, retryAfterS, Request) { Entry = verdict == LaneVerdict.Granted ? this : null, Turn = _turn });

    public ValueTask<LaneGrant> Await(LaneScheduler scheduler, CancellationToken cancellationToken)
    {
        // Most grants come at once, while the caller itself ran the loop: no registration, no continuation.
        if (IsDecided) return new ValueTask<LaneGrant>(GetResult(_wait.Version));
        short version = _wait.Version;
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static state =>
                {
                    var (owner, entry, turn) = ((LaneScheduler, LaneEntry, int))state!;
                    owner.Cancel(entry, turn);
                },
                (scheduler, this, Turn));
        }

        return new ValueTask<LaneGrant>(this, version);
    }

    public LaneGrant GetResult(short token)
    {
        // Waits for a callback that runs, so that none can reach the entry's next user.
        _cancellation.Dispose();
        _cancellation = default;
        LaneGrant grant = _wait.GetResult(token);
        if (grant.Verdict != LaneVerdict.Granted) Free();
        return grant;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _wait.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>Nobody holds it any more.</summary>
    public void Free()
    {
        Lane = null;
        Loop = null;
        if (!IsLost) pool.Return(this);
    }

    private void EndGrant(int turn)
    {
        if (Interlocked.CompareExchange(ref _turn, turn + 1, turn) != turn) throw new InvalidOperationException("A grant was left twice");
    }
}
