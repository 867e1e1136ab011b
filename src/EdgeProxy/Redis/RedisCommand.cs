using System.Buffers;
using System.Buffers.Text;
using System.Threading.Tasks.Sources;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// One command, pooled with its buffers: rent it, add arguments, send it once, read its reply, dispose it. It has two holders, the caller and the
/// client; it goes back to the pool when both have let go, so a late reply never meets another command.
/// </summary>
internal sealed partial class RedisCommand : IValueTaskSource<RedisOutcome>, IDisposable
{
    /// <summary>Room before the arguments for "*", up to ten digits and CRLF: their count is known only at the end.</summary>
    private const int HeadBytes = 13;
    private const int LongDigitsMax = 20;

    private readonly RedisCommandPool _pool;
    private ManualResetValueTaskSourceCore<RedisOutcome> _source;
    private byte[] _request = ArrayPool<byte>.Shared.Rent(Limits.RedisBufferBytesMin);
    private byte[] _reply = ArrayPool<byte>.Shared.Rent(Limits.RedisBufferBytesMin);
    private int _requestStart;
    private int _requestEnd = HeadBytes;
    private int _replyBytes;
    private int _arguments;
    private long _state;
    private int _holds;
    private bool _isDisposed;
    private RedisOutcome _outcome = RedisOutcome.NotSent;

    public RedisCommand(RedisCommandPool pool, bool isPooled)
    {
        _pool = pool;
        IsPooled = isPooled;
        _source.RunContinuationsAsynchronously = !pool.InlineContinuations;
    }

    /// <summary>Time for this command, milliseconds, from sending to its reply.</summary>
    public int TimeOutMs { get; set; }

    /// <summary>Executing it twice does no harm: it is written again when its connection breaks.</summary>
    public bool IsIdempotent { get; set; }

    /// <summary>It waits at the server on purpose: its time says nothing about the server, so it is left out of the metrics.</summary>
    public bool IsBlocking { get; set; }

    /// <summary>The reply, from its first value. Empty unless the outcome is Ok or ServerError.</summary>
    public RespReader Reply => _outcome is RedisOutcome.Ok or RedisOutcome.ServerError ? RawReply : default;

    /// <summary>Text of the server's error, or empty.</summary>
    public ReadOnlySpan<byte> Error
    {
        get
        {
            RespReader reader = Reply;
            return reader.Read() && reader.IsError ? reader.Text : default;
        }
    }

    /// <summary>What came so far. For the reader of its connection.</summary>
    internal RespReader RawReply => new(_reply.AsSpan(0, _replyBytes));

    internal RedisCommand? Next { get; set; }

    internal bool IsPooled { get; }

    internal RedisScript? Script { get; private set; }

    /// <summary>Slot of its keys; -1 without keys, CrossedSlots when they differ.</summary>
    internal int Slot { get; private set; } = -1;

    internal const int CrossedSlots = -2;

    internal ReadOnlyMemory<byte> Request => _request.AsMemory(_requestStart, _requestEnd - _requestStart);

    internal int RequestBytes => _requestEnd - _requestStart;

    internal RedisPhase Phase => (RedisPhase)(Volatile.Read(ref _state) & PhaseMask);

    /// <summary>An argument that is no key.</summary>
    public RedisCommand Add(ReadOnlySpan<byte> argument) => Add(argument, default);

    /// <summary>One argument in two pieces, so that a caller need not join them first.</summary>
    public RedisCommand Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int length = first.Length + second.Length;
        Span<byte> target = Reserve(length + LongDigitsMax + 5);
        int at = WriteLength(target, (byte)'$', length);
        first.CopyTo(target[at..]);
        second.CopyTo(target[(at + first.Length)..]);
        at += length;
        target[at++] = (byte)'\r';
        target[at++] = (byte)'\n';
        _requestEnd += at;
        _arguments++;
        return this;
    }

    public RedisCommand Add(long argument)
    {
        Span<byte> digits = stackalloc byte[LongDigitsMax];
        Utf8Formatter.TryFormat(argument, digits, out int length);
        return Add(digits[..length]);
    }

    /// <summary>A key: in a cluster it decides which server gets the command.</summary>
    public RedisCommand Key(ReadOnlySpan<byte> key)
    {
        if (_pool.IsCluster)
        {
            int slot = RedisSlot.Of(key);
            Slot = Slot == -1 || Slot == slot ? slot : CrossedSlots;
        }

        return Add(key);
    }

    /// <summary>The caller lets go. Its spans of the reply end here.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        Release();
    }

    RedisOutcome IValueTaskSource<RedisOutcome>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<RedisOutcome>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<RedisOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Makes it a script's: EVALSHA sha keys. Keys and arguments follow.</summary>
    internal RedisCommand Of(RedisScript script, int keys)
    {
        Script = script;
        return Add("EVALSHA"u8).Add(script.Sha).Add(keys);
    }

    /// <summary>Writes the count of arguments in front of them.</summary>
    internal void Seal()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        int length = WriteLength(head, (byte)'*', _arguments);
        _requestStart = HeadBytes - length;
        head[..length].CopyTo(_request.AsSpan(_requestStart));
    }

    /// <summary>Takes the next bytes of the reply. Only the reader of its connection calls this, before the end.</summary>
    internal void AddReply(ReadOnlySpan<byte> bytes)
    {
        // A caller that was told TimedOut reads nothing, so the late reply is not kept.
        if (Phase != RedisPhase.Written) return;
        if (bytes.Length > _reply.Length - _replyBytes) _reply = Grown(_reply, _replyBytes, bytes.Length);
        bytes.CopyTo(_reply.AsSpan(_replyBytes));
        _replyBytes += bytes.Length;
    }

    internal void ForgetReply() => _replyBytes = 0;

    private static int WriteLength(Span<byte> target, byte kind, int value)
    {
        target[0] = kind;
        Utf8Formatter.TryFormat(value, target[1..], out int digits);
        target[digits + 1] = (byte)'\r';
        target[digits + 2] = (byte)'\n';
        return digits + 3;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (bytes > _request.Length - _requestEnd) _request = Grown(_request, _requestEnd, bytes);
        return _request.AsSpan(_requestEnd);
    }

    private static byte[] Grown(byte[] buffer, int used, int more)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * buffer.Length, checked(used + more)));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static byte[] Shrunk(byte[] buffer)
    {
        if (buffer.Length <= Limits.RedisBufferKeptBytes) return buffer;
        ArrayPool<byte>.Shared.Return(buffer);
        return ArrayPool<byte>.Shared.Rent(Limits.RedisBufferBytesMin);
    }
}
