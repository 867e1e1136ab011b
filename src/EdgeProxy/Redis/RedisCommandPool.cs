using System.Collections.Concurrent;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// All commands of one client. They are never given up, so the clock can walk over all of them without a lock, wherever they are.
/// </summary>
internal sealed class RedisCommandPool
{
    private readonly ConcurrentQueue<RedisCommand> _free = new();
    private readonly Lock _growing = new();
    private readonly TimeProvider _time;
    private readonly RedisCommand?[] _all;
    private readonly int _timeOutMs;
    private int _count;

    public RedisCommandPool(RedisOptions options, TimeProvider time)
    {
        _time = time;
        _timeOutMs = options.CommandMs;
        IsCluster = options.IsCluster;
        InlineContinuations = options.InlineContinuations;
        _all = new RedisCommand?[options.PendingMax + Limits.RedisRentedMax];
    }

    public bool IsCluster { get; }

    public bool InlineContinuations { get; }

    /// <summary>A free command. Beyond the bound it is one that can only be refused (IsPooled is false).</summary>
    public RedisCommand Rent() => (_free.TryDequeue(out RedisCommand? command) ? command : Grow()).Rented(_timeOutMs);

    public void Return(RedisCommand command) => _free.Enqueue(command);

    public double SecondsSince(long timestamp) => _time.GetElapsedTime(timestamp).TotalSeconds;

    /// <summary>Ends every command whose time is over.</summary>
    public void Expire(long now)
    {
        int count = Volatile.Read(ref _count);
        for (int index = 0; index < count; index++) _all[index]!.Expire(now)?.NoteTimeOut(now);
    }

    private RedisCommand Grow()
    {
        lock (_growing)
        {
            if (_count == _all.Length) return new(this, isPooled: false);
            var command = new RedisCommand(this, isPooled: true);
            _all[_count] = command;
            Volatile.Write(ref _count, _count + 1);
            return command;
        }
    }
}
