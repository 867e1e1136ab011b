using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>
/// How many attempts may run at once. A failure that follows another one halves it, a success adds one. When it is one and failures
/// go on, the consumer is down: one probe at a time, on the retry schedule, until a success. Then the window grows again from one,
/// which doubles it every round trip: the backlog comes at a ramp. Owned by its FanoutLoop.
/// </summary>
internal sealed class DeliveryWindow
{
    private int _max;
    private int _failuresInRow;
    private int _probeFailures;

    public DeliveryWindow(int max) => Size = _max = max;

    /// <summary>Attempts that may run.</summary>
    public int Size { get; private set; }

    /// <summary>Number of successes so far: names the time between two of them.</summary>
    public long Epoch { get; private set; }
    public bool Down { get; private set; }

    /// <summary>The key that is tried while down; null when none is.</summary>
    public KeyQueue? Probe { get; set; }

    /// <summary>When the next probe may start, Unix milliseconds. Meaningful when down.</summary>
    public long ProbeDueUnixMs { get; private set; }

    /// <summary>Another bound: one that stood at the old goes with it.</summary>
    public void SetMax(int max)
    {
        Size = Size == _max && !Down ? max : Math.Min(Size, max);
        _max = max;
    }

    /// <summary>True when this success ends an outage.</summary>
    public bool OnSuccess()
    {
        bool recovered = Down;
        Epoch++;
        _failuresInRow = 0;
        Down = false;
        Probe = null;
        if (recovered) Size = 1;
        else if (Size < _max) Size++;
        return recovered;
    }

    /// <summary>
    /// Any failed attempt. Between two successes each key counts once, unless the connection itself failed: a single poisoned update
    /// must not slow the others; the first failure after a success is free for the same reason.
    /// </summary>
    /// <returns>True when the consumer goes down by it.</returns>
    public bool OnFailure(KeyQueue queue, in DeliveryReply reply, long nowUnixMs, Random random)
    {
        bool counted = queue.FailedEpoch == Epoch && reply.Outcome != DeliveryOutcome.Unreachable;
        queue.FailedEpoch = Epoch;
        if (Down)
        {
            if (queue != Probe) return false; // Started before the outage was known.
            Probe = null;
            ProbeDueUnixMs = nowUnixMs + RetrySchedule.DelayMs(++_probeFailures, reply.RetryAfterS, random);
            return false;
        }

        if (counted) return false;
        if (++_failuresInRow >= 2) Size = Math.Max(1, Size / 2);
        if (Size > 1 || _failuresInRow < Limits.FanoutDownAfterFailures) return false;
        Down = true;
        _probeFailures = 2; // The failures so far stand for the first attempt and the retry at once.
        ProbeDueUnixMs = nowUnixMs + RetrySchedule.DelayMs(_probeFailures, reply.RetryAfterS, random);
        return true;
    }
}
