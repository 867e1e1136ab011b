using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// Chats that could go now and wait for the bot's budget only: a FIFO per priority, and within it one for the paid tier, which need not wait for
/// the free budget. A chat takes one turn and goes to the end: round-robin. Counts who is passed over, so that none starves.
/// </summary>
internal sealed class ReadyQueues
{
    public const int Priorities = 3;
    private readonly (LaneQueue? First, LaneQueue? Last)[] _queues = new (LaneQueue?, LaneQueue?)[Priorities * 2];
    private readonly int[] _passed = new int[Priorities];

    // Of a priority's two queues, the one that had no turn lately.
    private readonly bool[] _paidFirst = new bool[Priorities];

    public void Append(LaneQueue lane)
    {
        LaneRequest request = lane.Head!.Request;
        lane.Ready = IndexOf((int)request.Priority, request.Paid);
        ref (LaneQueue? First, LaneQueue? Last) queue = ref _queues[lane.Ready];
        (lane.ReadyBefore, lane.ReadyAfter) = (queue.Last, null);
        if (queue.Last is null) queue.First = lane;
        else queue.Last.ReadyAfter = lane;
        queue.Last = lane;
    }

    /// <summary>Nothing happens when it is not ready.</summary>
    public void Remove(LaneQueue lane)
    {
        if (lane.Ready < 0) return;
        ref (LaneQueue? First, LaneQueue? Last) queue = ref _queues[lane.Ready];
        if (lane.ReadyBefore is null) queue.First = lane.ReadyAfter;
        else lane.ReadyBefore.ReadyAfter = lane.ReadyAfter;
        if (lane.ReadyAfter is null) queue.Last = lane.ReadyBefore;
        else lane.ReadyAfter.ReadyBefore = lane.ReadyBefore;
        (lane.ReadyBefore, lane.ReadyAfter, lane.Ready) = (null, null, -1);
    }

    /// <summary>
    /// The first chat that the bot's budget allows now, with its budget taken; it is still in its queue. A priority that was passed over too often
    /// goes first and may take the last token. Whoever waits for the free budget is not overtaken in it by those behind.
    /// </summary>
    /// <param name="budget">The bot's.</param>
    /// <param name="now">Ticks.</param>
    /// <param name="againAt">If there is none: when to ask again, ticks; long.MaxValue: after another event.</param>
    public LaneQueue? TakeNext(LocalBudget budget, long now, out long againAt)
    {
        againAt = long.MaxValue;
        bool free = true;
        int overdue = Overdue();
        if (overdue >= 0 && TakeFirst(overdue, true, budget, now, ref free, ref againAt) is { } late) return late;
        for (int priority = 0; priority < Priorities; priority++)
        {
            if (TakeFirst(priority, false, budget, now, ref free, ref againAt) is { } waiters) return waiters;
        }

        return null;
    }

    /// <summary>The entry was granted. Those of lower priority that are ready were passed over, unless it took nothing of theirs.</summary>
    public void Granted(LaneEntry entry)
    {
        int taken = (int)entry.Request.Priority;
        _paidFirst[taken] = !entry.Request.Paid;
        _passed[taken] = 0;
        if (entry.ByStars) return;
        for (int priority = taken + 1; priority < Priorities; priority++)
        {
            if (IsReady(priority)) _passed[priority]++;
        }
    }

    /// <summary>The turn of a priority that was passed over too often did not come about: it is still owed.</summary>
    public void Owe(LanePriority priority) => _passed[(int)priority] = Limits.LaneShare;

    private LaneQueue? TakeFirst(int priority, bool toTheLast, LocalBudget budget, long now, ref bool free, ref long againAt)
    {
        bool paid = _paidFirst[priority];
        for (int turn = 0; turn < 2; turn++, paid = !paid)
        {
            if (First(priority, paid) is not { } waiters) continue;
            if (budget.TryTake(waiters.Head!, now, toTheLast, free, out long ticks, out bool waitsForFree)) return waiters;
            if (ticks < long.MaxValue) againAt = Math.Min(againAt, now + ticks);
            free &= !waitsForFree;
        }

        return null;
    }

    private int Overdue()
    {
        for (int priority = Priorities - 1; priority > 0; priority--)
        {
            if (_passed[priority] >= Limits.LaneShare && IsReady(priority)) return priority;
        }

        return -1;
    }

    private LaneQueue? First(int priority, bool paid) => _queues[IndexOf(priority, paid)].First;

    private bool IsReady(int priority) => First(priority, false) is not null || First(priority, true) is not null;

    private static int IndexOf(int priority, bool paid) => (priority * 2) + (paid ? 1 : 0);
}
