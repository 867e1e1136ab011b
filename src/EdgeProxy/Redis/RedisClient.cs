using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// The way to one Redis server, or to a cluster of them. Commands of any thread share one connection per node; replies come in the order of
/// sending. Nothing throws for what a network does: SendAsync ends with an outcome that says whether a repetition is safe. As the connection is
/// shared, commands that block or change it (BLPOP, XREAD BLOCK, MULTI, SELECT, SUBSCRIBE, CLIENT REPLY …) are not for SendAsync: a blocking read
/// takes a client of its own, a transaction is a script.
/// <code>
/// using RedisCommand command = client.Rent("SET"u8).Key(key).Add(value);
/// RedisOutcome outcome = await client.SendAsync(command);
/// if (outcome == RedisOutcome.Ok) { RespReader reply = command.Reply; … }
/// </code>
/// </summary>
internal sealed partial class RedisClient : IAsyncDisposable
{
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisClient> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly RedisConnection _first;
    private ITimer? _timer;
    private int _isTicking;
    private int _pending;
    private long _pendingBytes;

    public RedisClient(RedisOptions options, TimeProvider time, ILogger<RedisClient> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        Pool = new(options, time);
        _first = new(this, options.Endpoints[0], options, time, logger);
        _nodes[options.Endpoints[0]] = _first;
    }

    /// <summary>Commands without outcome, and those whose late reply is still owed.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public int ConnectedNodes
    {
        get
        {
            int count = 0;
            foreach ((_, RedisConnection node) in _nodes) count += node.IsReady ? 1 : 0;
            return count;
        }
    }

    /// <summary>Why commands cannot be answered now, or null. For health; holds no secret.</summary>
    public string? Fault
    {
        get
        {
            if (!_options.IsCluster) return _first.Fault;
            foreach ((RedisEndpoint endpoint, RedisConnection node) in _nodes)
            {
                if (node.Fault is { } fault && (Owns(node) || ConnectedNodes == 0)) return $"{endpoint}: {fault}";
            }

            return null;
        }
    }

    internal RedisCommandPool Pool { get; }

    /// <summary>Begins to connect, in the background: commands sent before wait for it until their time is over.</summary>
    public void Start()
    {
        RedisMetrics.Show(this);
        _first.Start(_stop.Token);
        if (_options.IsCluster) StartCluster();
        var tick = TimeSpan.FromMilliseconds(Limits.RedisTickMs);
        _timer = _time.CreateTimer(static self => ((RedisClient)self!).Tick(), this, tick, tick);
    }

    /// <summary>A command to add arguments to. Every one that is rented must be disposed.</summary>
    public RedisCommand Rent(ReadOnlySpan<byte> name) => Pool.Rent().Add(name);

    /// <summary>A command that runs a script. Add exactly so many keys, then the arguments.</summary>
    public RedisCommand Rent(RedisScript script, int keys) => Pool.Rent().Of(script, keys);

    /// <summary>
    /// Sends it. Await it once and to its end, before reading the reply or disposing the command: the time-out of the command is what ends the
    /// wait, not the caller's impatience. A command that was Full or CrossSlot may be sent again; any other is sent once.
    /// </summary>
    public ValueTask<RedisOutcome> SendAsync(RedisCommand command)
    {
        command.Seal();
        if (command.Slot == RedisCommand.CrossedSlots) return Refuse(RedisOutcome.CrossSlot);
        int bytes = command.RequestBytes;
        if (!command.IsPooled || bytes > Limits.RedisCommandBytesMax || !TryCount(bytes)) return Refuse(RedisOutcome.Full);
        long now = _time.GetTimestamp();
        ValueTask<RedisOutcome> ended = command.Begin(now, DeadlineOf(command, now), isCounted: true);
        Route(command).Submit(command);
        return ended;
    }

    /// <summary>Stops. Commands in flight end as Unknown, those that wait as NotSent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        var running = new List<Task> { _refreshing };
        foreach ((_, RedisConnection node) in _nodes) running.Add(node.Completion);
        Task ended = Task.WhenAll(running);
        await Task.WhenAny(ended, Task.Delay(Limits.RedisStopMs, CancellationToken.None)).ConfigureAwait(false);
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        RedisMetrics.Hide(this);
        _stop.Dispose();
    }

    /// <summary>Begins a command of the client itself: beside the bound, and not counted as a caller's.</summary>
    /// <param name="command">Complete.</param>
    /// <param name="isKept">Whether the caller awaits and disposes it.</param>
    internal ValueTask<RedisOutcome> BeginOwn(RedisCommand command, bool isKept)
    {
        command.Seal();
        Interlocked.Increment(ref _pending);
        Interlocked.Add(ref _pendingBytes, command.RequestBytes);
        long now = _time.GetTimestamp();
        ValueTask<RedisOutcome> ended = command.Begin(now, DeadlineOf(command, now), isCounted: false);
        if (!isKept) command.Dispose();
        return ended;
    }

    internal void SubmitOwn(RedisConnection node, RedisCommand command)
    {
        BeginOwn(command, isKept: false);
        node.Submit(command);
    }

    /// <summary>Ends a command, unless its time was over before, and lets go of it. Its room is free before its caller goes on.</summary>
    internal void End(RedisCommand command, RedisPhase from, RedisOutcome outcome)
    {
        Uncount(command);
        command.TryEnd(from, outcome);
        command.Release();
    }

    /// <summary>Lets go of a command that has ended.</summary>
    internal void LetGo(RedisCommand command)
    {
        Uncount(command);
        command.Release();
    }

    private static ValueTask<RedisOutcome> Refuse(RedisOutcome outcome)
    {
        RedisMetrics.Refused(outcome);
        return new(outcome);
    }

    private bool TryCount(int bytes)
    {
        if (Interlocked.Increment(ref _pending) <= _options.PendingMax)
        {
            if (Interlocked.Add(ref _pendingBytes, bytes) <= _options.PendingBytesMax) return true;
            Interlocked.Add(ref _pendingBytes, -bytes);
        }

        Interlocked.Decrement(ref _pending);
        return false;
    }

    private void Uncount(RedisCommand command)
    {
        Interlocked.Add(ref _pendingBytes, -command.RequestBytes);
        Interlocked.Decrement(ref _pending);
    }

    private long DeadlineOf(RedisCommand command, long now) =>
        now + (Math.Clamp(command.TimeOutMs, 1, Limits.RedisCommandMsMax) * _time.TimestampFrequency / 1000);

    private void Tick()
    {
        if (Interlocked.Exchange(ref _isTicking, 1) != 0) return;
        long now = _time.GetTimestamp();
        if (Pending > 0) Pool.Expire(now);
        foreach ((_, RedisConnection node) in _nodes) node.Tick(now);
        Volatile.Write(ref _isTicking, 0);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Redis Cluster: no slot map: {Reason}")]
        public static partial void NoMap(ILogger logger, string reason);
    }
}
