using System.Buffers;
using System.IO.Pipelines;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>The read side: replies to the oldest command in flight, pushes to the client, redirections and unknown scripts followed.</summary>
internal sealed partial class RedisConnection
{
    private readonly RespScanner _scanner = new();
    private bool _isPush;
    private RedisCommand? _load;
    private RedisScript? _loading;
    private long _lastReceived;
    private long _firstTimeOut;
    private long _lastPing;

    /// <summary>A command timed out with its reply still owed. Any thread.</summary>
    public void NoteTimeOut(long now) => Interlocked.CompareExchange(ref _firstTimeOut, now, 0);

    /// <summary>Looked at every Limits.RedisTickMs: replaces a connection that hangs, asks an idle one whether it lives.</summary>
    public void Tick(long now)
    {
        if (!IsReady) return;
        long firstTimeOut = Volatile.Read(ref _firstTimeOut);
        if (firstTimeOut != 0 && Ms(now - firstTimeOut) >= _options.HangMs)
        {
            RedisMetrics.Hung();
            Abort("nothing came any more");
            return;
        }

        long quietSince = Math.Max(Volatile.Read(ref _lastReceived), _lastPing);
        if (_ring.Count > 0 || Ms(now - quietSince) < Limits.RedisPingMs) return;
        _lastPing = now;
        _client.SubmitOwn(this, _client.Pool.Rent().Add("PING"u8));
    }

    /// <summary>Reads until the connection ends. Says why it did.</summary>
    private async Task<string> ReadAsync(Stream stream)
    {
        PipeReader pipe = PipeReader.Create(stream, new(bufferSize: Limits.RedisReadBytes, leaveOpen: true));
        _scanner.Reset();
        string? fault = null;
        try
        {
            while (fault is null)
            {
                ReadResult read = await pipe.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> segment in read.Buffer) fault ??= Take(segment.Span);
                pipe.AdvanceTo(read.Buffer.End);
                Volatile.Write(ref _lastReceived, _time.GetTimestamp());
                Volatile.Write(ref _firstTimeOut, 0);
                if (read.IsCompleted) fault ??= "closed by the server";

                // Full fence between "fewer in flight" and "does anything wait": a caller does the two in the other order.
                Interlocked.MemoryBarrier();
                TryDrain();
            }
        }
        catch (Exception error) when (IsOfNetwork(error))
        {
            fault = error.Message;
        }
        finally
        {
            _isBroken = true;
            await pipe.CompleteAsync().ConfigureAwait(false);
        }

        return fault!;
    }

    /// <summary>Bytes as they came. Null, or why the connection cannot be used any more.</summary>
    private string? Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_scanner.IsBetweenFrames) _isPush = bytes[0] == (byte)RespKind.Push;
            RedisCommand? command = _isPush ? null : _ring.Peek();
            if (!_isPush && command is null) return "a reply without a command";
            RespScan scan = _scanner.Advance(bytes, out int used);
            if (command is not null && !ReferenceEquals(command, _askingMark)) command.AddReply(bytes[..used]);
            bytes = bytes[used..];
            switch (scan)
            {
                case RespScan.More:
                    break;
                case RespScan.Complete when _isPush:
                    // Nobody subscribes here: what a server says of its own accord is read past.
                    break;
                case RespScan.Complete:
                    EndReply(command!);
                    break;
                default:
                    return scan switch
                    {
                        RespScan.TooLong => "a reply that is too long",
                        RespScan.TooDeep => "a reply nested too deep",
                        _ => "a reply that is not RESP3",
                    };
            }
        }

        return null;
    }

    private void EndReply(RedisCommand command)
    {
        _ring.Dequeue();
        if (ReferenceEquals(command, _askingMark)) return;
        RespReader reply = command.RawReply;
        bool isError = reply.Read() && reply.IsError;
        if (isError && TryFollow(command, reply.Text)) return;
        End(command, RedisPhase.Written, isError ? RedisOutcome.ServerError : RedisOutcome.Ok);
    }

    /// <summary>The errors that mean "not executed, but elsewhere or later": the command goes on without its caller.</summary>
    private bool TryFollow(RedisCommand command, ReadOnlySpan<byte> error)
    {
        if (command.Script is { } script && error.StartsWith("NOSCRIPT"u8) && command.ScriptLoads < Limits.RedisScriptLoadsMax)
            return TryLoad(command, script);
        bool isAsk = error.StartsWith("ASK "u8);
        if (!_options.IsCluster || (!isAsk && !error.StartsWith("MOVED "u8)) || command.Redirects >= Limits.RedisRedirectsMax) return false;
        RedisConnection? target = _client.Redirected(this, error, isAsk);
        if (target is null || !command.TryRequeue()) return false;
        command.Redirects++;
        command.IsAsking = isAsk;
        RedisMetrics.Redirected();
        target.Submit(command);
        return true;
    }

    /// <summary>
    /// The load goes onto the stack first, so it is written first. Others that were told NOSCRIPT until its reply follow behind it.
    /// </summary>
    private bool TryLoad(RedisCommand command, RedisScript script)
    {
        if (!command.TryRequeue()) return false;
        command.ScriptLoads++;
        if (_load is null || !ReferenceEquals(_loading, script))
        {
            RedisCommand load = _client.Pool.Rent().Add("SCRIPT"u8).Add("LOAD"u8).Add(script.Text);
            (_load, _loading) = (load, script);
            _client.BeginOwn(load, isKept: false);
            Push(load);
        }

        Push(command);
        return true;
    }

    private double Ms(long ticks) => ticks * 1000.0 / _time.TimestampFrequency;
}
