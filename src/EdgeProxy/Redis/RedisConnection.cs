using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// One node and the one connection to it. The steps of a command:
/// 1. any thread pushes it on a lock-free stack (Submit);
/// 2. whoever finds nobody writing takes the stack, oldest first, and becomes the writer (TryDrain). With more than Limits.RedisAtOnceMax in flight
///    that is left to the reader, who comes by after the next replies: what gathered meanwhile goes out in one write;
/// 3. the writer marks each as written, puts it on the ring of commands in flight and copies it into the batch;
/// 4. the reader gives each reply to the oldest of the ring and lets go of it.
/// The write side (_draining) has one owner at a time: a caller, the reader, or, while there is no connection, the loop that makes one.
/// </summary>
internal sealed partial class RedisConnection
{
    private static ReadOnlySpan<byte> AskingFrame => "*1\r\n$6\r\nASKING\r\n"u8;

    private readonly RedisClient _client;
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RedisRing _ring;
    private readonly Action _onWritten;

    /// <summary>Stands in the ring for an ASKING, whose reply is dropped.</summary>
    private readonly RedisCommand _askingMark;

    private RedisCommand? _stack;
    private int _draining = 1;

    // Of the owner of the write side: commands taken from the stack, the batch, and a command too large for it.
    private readonly byte[] _batch = new byte[Limits.RedisBatchBytes];
    private RedisCommand? _firstWaiting;
    private RedisCommand? _lastWaiting;
    private int _batchBytes;
    private ReadOnlyMemory<byte> _large;
    private ValueTask _write;

    private Stream? _stream;
    private volatile bool _isBroken;
    private volatile bool _isClosed;

    public RedisConnection(RedisClient client, RedisEndpoint endpoint, RedisOptions options, TimeProvider time, ILogger logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        Endpoint = endpoint;
        // Every command may need an ASKING; the client's own come on top.
        _ring = new(2 * options.PendingMax + Limits.RedisNodesMax);
        _askingMark = new(client.Pool, isPooled: false);
        _onWritten = OnWritten;
    }

    public RedisEndpoint Endpoint { get; }

    /// <summary>Written and not answered.</summary>
    public int InFlight => _ring.Count;

    /// <summary>Takes over a command in phase Queued.</summary>
    public void Submit(RedisCommand command)
    {
        Push(command);
        if (_isClosed || _ring.Count <= Limits.RedisAtOnceMax) TryDrain();
    }

    private void Push(RedisCommand command)
    {
        command.Connection = this;
        RedisCommand? seen = Volatile.Read(ref _stack);
        while (true)
        {
            command.Next = seen;
            RedisCommand? now = Interlocked.CompareExchange(ref _stack, command, seen);
            if (ReferenceEquals(now, seen)) return;
            seen = now;
        }
    }

    private bool HasWork => Volatile.Read(ref _stack) is not null || Volatile.Read(ref _firstWaiting) is not null;

    /// <summary>Writes what waits, unless somebody does already: that one looks again before he goes.</summary>
    private void TryDrain()
    {
        while (HasWork && (_isClosed || (!_isBroken && _ring.Room >= 2)) && Interlocked.CompareExchange(ref _draining, 1, 0) == 0)
        {
            if (!WriteAll()) return;
            Interlocked.Exchange(ref _draining, 0);
        }
    }

    /// <summary>False when a write is under way: its end goes on and gives the write side back.</summary>
    private bool WriteAll()
    {
        if (_isClosed)
        {
            GiveAway();
            return true;
        }

        while (!_isBroken && NextWrite() is { Length: > 0 } bytes)
        {
            try
            {
                _write = _stream!.WriteAsync(bytes);
            }
            catch (Exception error) when (IsOfNetwork(error))
            {
                Break(error.Message);
                return true;
            }

            if (!_write.IsCompleted)
            {
                _write.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWritten);
                return false;
            }

            EndWrite();
        }

        return true;
    }

    private void EndWrite()
    {
        try
        {
            _write.GetAwaiter().GetResult();
        }
        catch (Exception error) when (IsOfNetwork(error))
        {
            Break(error.Message);
        }
    }

    private void OnWritten()
    {
        EndWrite();
        if (!WriteAll()) return;
        Interlocked.Exchange(ref _draining, 0);
        TryDrain();
    }

    /// <summary>The bytes to write next: a batch, or what was too large for one.</summary>
    private ReadOnlyMemory<byte> NextWrite()
    {
        if (_large.Length > 0)
        {
            ReadOnlyMemory<byte> large = _large;
            _large = default;
            return large;
        }

        _batchBytes = 0;
        while (_ring.Room >= 2 && _large.Length == 0 && PeekWaiting() is { } command)
        {
            int bytes = command.RequestBytes + (command.IsAsking ? AskingFrame.Length : 0);
            if (bytes > _batch.Length - _batchBytes && _batchBytes > 0) break;
            DequeueWaiting();
            if (command.TryWrite()) Put(command);
            else LetGo(command);
        }

        if (_batchBytes > 0) return _batch.AsMemory(0, _batchBytes);
        ReadOnlyMemory<byte> alone = _large;
        _large = default;
        return alone;
    }

    private void Put(RedisCommand command)
    {
        if (command.IsAsking)
        {
            // There is room: both fit, or the batch is empty.
            AskingFrame.CopyTo(_batch.AsSpan(_batchBytes));
            _batchBytes += AskingFrame.Length;
            _ring.Enqueue(_askingMark);
        }

        _ring.Enqueue(command);
        ReadOnlyMemory<byte> request = command.Request;
        if (request.Length > _batch.Length - _batchBytes)
        {
            _large = request;
            return;
        }

        request.Span.CopyTo(_batch.AsSpan(_batchBytes));
        _batchBytes += request.Length;
    }

    private RedisCommand? PeekWaiting()
    {
        if (_firstWaiting is not null) return _firstWaiting;
        RedisCommand? newest = Interlocked.Exchange(ref _stack, null);
        while (newest is not null)
        {
            RedisCommand? older = newest.Next;
            newest.Next = _firstWaiting;
            _lastWaiting ??= newest;
            Volatile.Write(ref _firstWaiting, newest);
            newest = older;
        }

        return _firstWaiting;
    }

    private void DequeueWaiting()
    {
        RedisCommand first = _firstWaiting!;
        Volatile.Write(ref _firstWaiting, first.Next);
        if (_firstWaiting is null) _lastWaiting = null;
        first.Next = null;
    }

    /// <summary>Closed for good: what waits goes to another node, or ends unsent. Called by the owner of the write side.</summary>
    private void GiveAway()
    {
        while (PeekWaiting() is { } command)
        {
            DequeueWaiting();
            if (command.Phase == RedisPhase.Queued && _client.OwnerElsewhere(this, command) is { } other)
            {
                other.Submit(command);
                continue;
            }

            End(command, RedisPhase.Queued, RedisOutcome.NotSent);
        }
    }

    private void End(RedisCommand command, RedisPhase from, RedisOutcome outcome)
    {
        if (ReferenceEquals(command, _load)) _load = null;
        _client.End(command, from, outcome);
    }

    private void LetGo(RedisCommand command)
    {
        if (ReferenceEquals(command, _load)) _load = null;
        _client.LetGo(command);
    }

    private void Break(string reason)
    {
        _isBroken = true;
        Abort(reason);
    }

    private static bool IsOfNetwork(Exception error) =>
        error is IOException or System.Net.Sockets.SocketException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException or OperationCanceledException;
}
