using System.Globalization;
using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Cluster;

/// <summary>
/// Shares things out among the members: each thing is owned by one of them at a time, each member owns its fair share. One loop; a turn:
/// 1. things whose work has ended are handed back; 2. leases are renewed; 3. more than the share: the last taken are closed; 4. fewer: free ones
/// are taken; 5. wait. When Redis is away longer than a lease, all are lost; they are taken again when it is back.
/// </summary>
internal sealed partial class LeaseTable
{
    // KEYS: lease, epoch. ARGV: member, ms. The epoch, or 0 when another member has it. Our own without our knowing (an answer that did not
    // come) is taken anew.
    private static readonly RedisScript Take = new(
        """
        local v = redis.call('GET', KEYS[1])
        if v and string.match(v, '^(.*):') ~= ARGV[1] then return 0 end
        local e = redis.call('INCR', KEYS[2])
        redis.call('SET', KEYS[1], ARGV[1] .. ':' .. e, 'PX', ARGV[2])
        return e
        """);

    // KEYS: lease. ARGV: "member:epoch", ms. 1, or 0 when it is not ours.
    private static readonly RedisScript Renew = new(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('PEXPIRE', KEYS[1], ARGV[2])
        """);

    // KEYS: lease. ARGV: "member:epoch". The epoch stays: it only grows.
    private static readonly RedisScript GiveUp = new(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        """);

    private readonly Func<Lease, Task> _run;
    private readonly RedisClient _redis;
    private readonly Membership _members;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _leaseMs;
    private readonly TimeSpan _length;
    private readonly byte[] _member;
    private readonly LeaseSlot[] _slots;
    private readonly List<LeaseSlot> _held = [];
    private volatile TaskCompletionSource _wake = NewWake();
    private volatile LeaseTableSnapshot _snapshot;
    private volatile bool _stopping;
    private int _next;
    private Task _looping = Task.CompletedTask;

    /// <param name="group">What the things are, for health and metrics.</param>
    /// <param name="names">All of them, the same list in every process.</param>
    /// <param name="run">
    /// What is done under a lease: called when it is taken, ends soon after its Closing. The lease is handed back when it has ended.
    /// </param>
    public LeaseTable(
        string group, IReadOnlyList<string> names, Func<Lease, Task> run, RedisClient redis, ClusterSettings settings, Membership members,
        TimeProvider time, ILogger logger)
    {
        (Group, _run, _redis, _members, _time, _logger, _leaseMs) = (group, run, redis, members, time, logger, settings.LeaseMs);
        _length = TimeSpan.FromMilliseconds(_leaseMs - (_leaseMs / Limits.LeaseMarginPart));
        _member = Encoding.ASCII.GetBytes(members.Id);
        _slots = [.. names.Select((name, index) => new LeaseSlot(settings.Name, name, index))];
        _next = _slots.Length == 0 ? 0 : Random.Shared.Next(_slots.Length); // Members that begin together do not all ask for the same.
        _snapshot = new LeaseTableSnapshot(group, names.Count, 0, []);
    }

    public string Group { get; }

    /// <summary>Cheap; any thread.</summary>
    public LeaseTableSnapshot Snapshot() => _snapshot;

    public void Start()
    {
        ClusterMetrics.Show(this);
        _looping = Task.Run(LoopAsync);
    }

    /// <summary>Closes all leases, renews them until their work has ended, hands them back. When Redis is away they run out by themselves.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        Wake();
        await _looping.ConfigureAwait(false);
        ClusterMetrics.Hide(this);
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            await ReapAsync().ConfigureAwait(false);
            bool stopping = _stopping;
            if (stopping && _held.Count == 0) return;
            await RenewAsync().ConfigureAwait(false);
            int share = stopping ? 0 : _members.Snapshot().ShareOf(_slots.Length);
            int kept = Close(share);
            if (kept < share) await TakeAsync(share - kept).ConfigureAwait(false);
            _snapshot = new LeaseTableSnapshot(Group, _slots.Length, share, [.. _held.Where(slot => slot.Lease!.IsHeld).Select(slot => slot.Name)]);
            await WaitAsync().ConfigureAwait(false);
        }
    }

    private async Task ReapAsync()
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            LeaseSlot slot = _held[i];
            if (!slot.Run.IsCompleted) continue;
            Lease lease = slot.Lease!;
            bool isLost = !lease.IsHeld;
            if (!lease.Closing.IsCancellationRequested)
            {
                // It could not be used: neither here nor elsewhere will it be better at once.
                slot.NotBefore = _time.GetTimestamp() + Ticks(_leaseMs);
            }

            _held.RemoveAt(i);
            slot.Lease = null;
            lease.Dispose();
            if (isLost)
            {
                ClusterMetrics.Lost(Group);
                LogLost(_logger, slot.Name, lease.Epoch);
                continue;
            }

            ClusterMetrics.Released(Group);
            LogReleased(_logger, slot.Name, lease.Epoch);
            using RedisCommand command = _redis.Rent(GiveUp, 1).Key(slot.LeaseKey).Add(slot.Owner);
            await AskAsync(command).ConfigureAwait(false);
        }
    }

    private async Task RenewAsync()
    {
        long due = _time.GetTimestamp() - Ticks(_leaseMs / Limits.RenewalsPerLease);
        List<Task>? renewals = null;
        foreach (LeaseSlot slot in _held)
        {
            if (slot.RenewedAt <= due && slot.Lease!.IsHeld) (renewals ??= []).Add(RenewAsync(slot));
        }

        if (renewals is not null) await Task.WhenAll(renewals).ConfigureAwait(false);
    }

    private async Task RenewAsync(LeaseSlot slot)
    {
        using RedisCommand command = _redis.Rent(Renew, 1).Key(slot.LeaseKey).Add(slot.Owner).Add(_leaseMs);
        long sentAt = _time.GetTimestamp();
        long answer = await AskAsync(command).ConfigureAwait(false);
        if (answer < 0) return; // Not answered: it may still be renewed by a later turn, or runs out.
        if (answer == 0)
        {
            slot.Lease!.Lose();
            return;
        }

        slot.RenewedAt = sentAt;
        slot.Lease!.Renewed(sentAt);
    }

    /// <returns>How many are kept.</returns>
    private int Close(int share)
    {
        int kept = 0;
        foreach (LeaseSlot slot in _held)
        {
            if (!slot.Lease!.Closing.IsCancellationRequested && ++kept > share) slot.Lease.Close();
        }

        return Math.Min(kept, share);
    }

    private async Task TakeAsync(int wanted)
    {
        var asked = new List<LeaseSlot>();
        for (int tried = 0; tried < _slots.Length && wanted > 0 && !_stopping;)
        {
            asked.Clear();
            for (; tried < _slots.Length && asked.Count < wanted; tried++)
            {
                LeaseSlot slot = _slots[_next];
                _next = (_next + 1) % _slots.Length;
                if (slot.Lease is null && slot.NotBefore <= _time.GetTimestamp()) asked.Add(slot);
            }

            bool[] answered = await Task.WhenAll(asked.Select(TakeAsync)).ConfigureAwait(false);
            foreach (LeaseSlot slot in asked)
            {
                if (slot.Lease is null) continue;
                wanted--;
                Begin(slot, slot.Lease);
            }

            if (Array.IndexOf(answered, false) >= 0) return;
        }
    }

    /// <returns>False when Redis did not answer.</returns>
    private async Task<bool> TakeAsync(LeaseSlot slot)
    {
        using RedisCommand command = _redis.Rent(Take, 2).Key(slot.LeaseKey).Key(slot.EpochKey).Add(_member).Add(_leaseMs);
        long sentAt = _time.GetTimestamp();
        long epoch = await AskAsync(command).ConfigureAwait(false);
        if (epoch <= 0) return epoch == 0;
        var lease = new Lease(slot.Name, slot.Index, epoch, _length, sentAt, _time);
        if (lease.IsHeld) (slot.Lease, slot.RenewedAt) = (lease, sentAt);
        else lease.Dispose(); // The answer came too late: it is taken anew by a later turn.
        return true;
    }

    private void Begin(LeaseSlot slot, Lease lease)
    {
        _held.Add(slot);
        slot.Owner = [.. _member, (byte)':', .. Encoding.ASCII.GetBytes(lease.Epoch.ToString(CultureInfo.InvariantCulture))];
        ClusterMetrics.Taken(Group);
        LogTaken(_logger, slot.Name, lease.Epoch);
        slot.Run = Task.Run(() => RunAsync(lease));
        _ = slot.Run.ContinueWith(static (_, table) => ((LeaseTable)table!).Wake(), this, TaskScheduler.Default);
    }

    private async Task RunAsync(Lease lease)
    {
        try
        {
            await _run(lease).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogBroken(_logger, lease.Name, error);
        }
    }

    /// <returns>The integer of the answer; -1 when there is none.</returns>
    private async Task<long> AskAsync(RedisCommand command)
    {
        command.IsIdempotent = true;
        command.TimeOutMs = Math.Max(1, _leaseMs / Limits.RenewalsPerLease);
        return await _redis.SendAsync(command).ConfigureAwait(false) == RedisOutcome.Ok ? IntegerOf(command.Reply) : -1;
    }

    private static long IntegerOf(RespReader reply) => reply.TryReadInteger(out long value) ? value : -1;

    private async Task WaitAsync()
    {
        TaskCompletionSource wake = _wake;
        if (!wake.Task.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(wake.Task, Task.Delay(Jitter.Of(_leaseMs / Limits.LeaseTurnsPerLease), _time, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        if (wake.Task.IsCompleted) _wake = NewWake();
    }

    private void Wake() => _wake.TrySetResult();

    private long Ticks(int milliseconds) => milliseconds * _time.TimestampFrequency / 1000;

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lease {Name} taken, epoch {Epoch}")]
    private static partial void LogTaken(ILogger logger, string name, long epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lease {Name} handed back, epoch {Epoch}")]
    private static partial void LogReleased(ILogger logger, string name, long epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Name} of epoch {Epoch} is lost; what ran under it has stopped")]
    private static partial void LogLost(ILogger logger, string name, long epoch);

    [LoggerMessage(Level = LogLevel.Error, Message = "What ran under lease {Name} broke")]
    private static partial void LogBroken(ILogger logger, string name, Exception error);
}
