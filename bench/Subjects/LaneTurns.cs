using EdgeProxy.Lanes;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Bench.Subjects;

/// <summary>A message's turn: enter, grant, leave. The budgets are so wide that nobody waits: what is measured is the scheduler, not Telegram's limits.</summary>
internal sealed class LaneTurns : IDisposable
{
    private const double Wide = 1e9;
    private readonly LaneScheduler _scheduler;
    private readonly int _chats;
    private int _next;

    public LaneTurns(int chats)
    {
        _chats = chats;
        var settings = new LaneSettings { PerSecond = Wide, Burst = (int)Wide, PrivatePerSecond = Wide, PrivateBurst = (int)Wide };
        _scheduler = new LaneScheduler(BenchBot.Make(), settings, TimeProvider.System, NullLogger.Instance);
    }

    public long Turn()
    {
        _next = _next + 1 == _chats ? 0 : _next + 1;
        var request = new LaneRequest(new LaneKey(100_000_001 + _next), LanePriority.Normal, 1, Paid: false, MaxWaitMs: 1000, HoldsLane: true);
        ValueTask<LaneGrant> wait = _scheduler.EnterAsync(in request, CancellationToken.None);
        LaneGrant grant = wait.IsCompleted ? wait.Result : wait.AsTask().GetAwaiter().GetResult();
        if (grant.Verdict != LaneVerdict.Granted) throw new InvalidOperationException($"the scheduler said {grant.Verdict}");
        _scheduler.Leave(grant, SendOutcome.Sent, 0);
        return grant.Request.Key.Value;
    }

    public void Dispose() => _scheduler.DisposeAsync().AsTask().Wait();
}
