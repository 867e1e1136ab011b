using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// The loop that keeps a connection: 1. open the transport, 2. shake hands, 3. hand the write side out and read until it ends, 4. take the write
/// side back, 5. settle what was in flight: safe to repeat → to be written again, else Unknown, 6. wait with jitter, and again.
/// </summary>
internal sealed partial class RedisConnection
{
    private Task _running = Task.CompletedTask;
    private string? _abortReason;
    private volatile bool _isReady;
    private volatile string? _fault = "not connected yet";
    private bool _wasReady;
    private volatile bool _isRetired;

    /// <summary>Commands are written at once.</summary>
    public bool IsReady => _isReady;

    /// <summary>Why there is no connection, for the operator; null when there is one. Holds no secret.</summary>
    public string? Fault => _fault;

    public Task Completion => _running;

    public void Start(CancellationToken stop) => _running = Task.Run(() => RunAsync(stop), CancellationToken.None);

    /// <summary>The node left the cluster: ends after this connection, and what waits goes to other nodes.</summary>
    public void Retire()
    {
        _isRetired = true;
        Abort("the node left the cluster");
    }

    private async Task RunAsync(CancellationToken stop)
    {
        int failures = 0;
        using CancellationTokenRegistration abort = stop.Register(() => Abort("stopped"));
        while (!stop.IsCancellationRequested && !_isRetired)
        {
            string fault = await LiveAsync(stop).ConfigureAwait(false);
            string? before = _fault;
            failures = before is null ? 1 : failures + 1;
            _fault = fault;
            if (!stop.IsCancellationRequested && !_isRetired)
            {
                if (failures == 1 || fault != before) Log.Lost(_logger, Endpoint, fault);
                SettleInFlight(mayReplay: true);
                _client.NodeLost();
                MoveWaiting();
                await BackOffAsync(failures, stop).ConfigureAwait(false);
            }
        }

        // Nobody owns the write side any more: whoever still submits gives his command away himself.
        SettleInFlight(mayReplay: _isRetired && !stop.IsCancellationRequested);
        _isClosed = true;
        GiveAway();
        Interlocked.Exchange(ref _draining, 0);
        TryDrain();
    }

    /// <summary>One connection, from opening to its end. Holds the write side before and after. Says why it ended.</summary>
    private async Task<string> LiveAsync(CancellationToken stop)
    {
        Stream stream;
        try
        {
            using var timeOut = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.ConnectMs), _time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeOut.Token);
            stream = await RedisTransport.OpenAsync(Endpoint, _options, either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfNetwork(error) || error is System.Security.Cryptography.CryptographicException)
        {
            return error is OperationCanceledException ? "no connection in time" : error.Message;
        }

        _abortReason = null;
        _isBroken = false;
        _large = default;
        Volatile.Write(ref _firstTimeOut, 0);
        Volatile.Write(ref _stream, stream);
        if (stop.IsCancellationRequested || _isRetired) Abort("stopped");
        Task<string> reading = ReadAsync(stream);
        string? refusal = await ShakeHandsAsync(stream, reading).ConfigureAwait(false);
        if (refusal is null)
        {
            if (_wasReady) RedisMetrics.Reconnected();
            _wasReady = true;
            _fault = null;
            _isReady = true;
            Log.Ready(_logger, Endpoint);
            Interlocked.Exchange(ref _draining, 0);
            TryDrain();
            _client.NodeReady();
        }
        else
        {
            Abort(refusal);
        }

        string end;
        try
        {
            end = await reading.ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A bug of ours must be seen, and must not leave a node without a connection for ever.
            Log.ReaderFailed(_logger, Endpoint, error);
            end = "the reader failed";
        }

        _isReady = false;
        Abort(end);
        // A write that is under way ends soon: its stream is gone.
        if (refusal is null)
        {
            while (Interlocked.CompareExchange(ref _draining, 1, 0) != 0)
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.RedisDrainPollMs), _time, CancellationToken.None).ConfigureAwait(false);
        }

        return refusal ?? _abortReason ?? end;
    }

    /// <summary>HELLO 3 with login and name, and SELECT. Null, or why it failed; never the server's whole text.</summary>
    private async Task<string?> ShakeHandsAsync(Stream stream, Task reading)
    {
        // An error may repeat what it was sent ("unknown command …, with args beginning with"), and HELLO holds the password.
        RedisCommand hello = _client.Pool.Rent().Add("HELLO"u8).Add("3"u8);
        hello.IsSecret = true;
        if (_options.Password.Length > 0)
        {
            hello.Add("AUTH"u8).Add(Utf8(_options.User.Length > 0 ? _options.User : "default")).Add(Utf8(_options.Password));
        }

        if (_options.ClientName.Length > 0) hello.Add("SETNAME"u8).Add(Utf8(_options.ClientName));
        string? refusal = await AskAsync(stream, reading, hello, "HELLO 3").ConfigureAwait(false);
        if (refusal is null && _options.Database > 0)
            refusal = await AskAsync(stream, reading, _client.Pool.Rent().Add("SELECT"u8).Add(_options.Database), "SELECT").ConfigureAwait(false);
        return refusal;
    }

    private async Task<string?> AskAsync(Stream stream, Task reading, RedisCommand command, string name)
    {
        command.TimeOutMs = _options.ConnectMs;
        ValueTask<RedisOutcome> asked = _client.BeginOwn(command, isKept: true);
        command.Connection = this;
        command.TryWrite();
        _ring.Enqueue(command);
        ReadOnlyMemory<byte> request = command.Request;
        Task<string?> answered = AnswerAsync(command, asked, name);
        try
        {
            await stream.WriteAsync(request).ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfNetwork(error))
        {
            return error.Message;
        }

        // A connection that ends leaves the command in the ring, so its end is waited for too; the command then ends when the ring is settled.
        await Task.WhenAny(answered, reading).ConfigureAwait(false);
        return answered.IsCompleted ? await answered.ConfigureAwait(false) : $"closed before it answered {name}";
    }

    private static async Task<string?> AnswerAsync(RedisCommand command, ValueTask<RedisOutcome> asked, string name)
    {
        using (command)
        {
            return await asked.ConfigureAwait(false) switch
            {
                RedisOutcome.Ok => null,
                RedisOutcome.ServerError => $"{name} was refused: {Meaning(command.Error)}",
                _ => $"{name} was not answered",
            };
        }
    }

    private static string Meaning(ReadOnlySpan<byte> error)
    {
        if (error.StartsWith("WRONGPASS"u8)) return "wrong user or password (WRONGPASS)";
        if (error.StartsWith("NOAUTH"u8)) return "the server wants a user and password (NOAUTH)";
        if (error.StartsWith("NOPERM"u8)) return "the user may not do this (NOPERM)";
        if (error.StartsWith("NOPROTO"u8) || error.StartsWith("ERR unknown command"u8)) return "it does not speak RESP3; Redis 6 or later does";
        if (error.StartsWith("LOADING"u8)) return "the server still loads its data (LOADING)";
        int end = error.IndexOf((byte)' ');
        return System.Text.Encoding.ASCII.GetString(end < 0 ? default : error[..Math.Min(end, Limits.RedisNumberCharsMax)]);
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>Ends or takes back what was written and not answered. Holds the write side, and there is no reader.</summary>
    private void SettleInFlight(bool mayReplay)
    {
        RedisCommand? first = null;
        RedisCommand? last = null;
        while (_ring.Peek() is { } command)
        {
            _ring.Dequeue();
            if (ReferenceEquals(command, _askingMark)) continue;
            if (mayReplay && command.IsIdempotent && command.Replays < Limits.RedisReplaysMax && command.TryRequeue())
            {
                command.Replays++;
                command.Next = null;
                if (last is null) first = command;
                else last.Next = command;
                last = command;
                continue;
            }

            End(command, RedisPhase.Written, RedisOutcome.Unknown);
        }

        if (last is null) return;
        last.Next = _firstWaiting;
        _lastWaiting ??= last;
        Volatile.Write(ref _firstWaiting, first);
    }

    /// <summary>While there is no connection: ends what timed out, and hands over what another node serves by now.</summary>
    private void MoveWaiting()
    {
        RedisCommand? kept = null;
        RedisCommand? lastKept = null;
        while (PeekWaiting() is { } command)
        {
            DequeueWaiting();
            if (command.Phase != RedisPhase.Queued)
            {
                LetGo(command);
            }
            else if (_client.OwnerElsewhere(this, command) is { } other)
            {
                other.Submit(command);
            }
            else
            {
                if (lastKept is null) kept = command;
                else lastKept.Next = command;
                lastKept = command;
            }
        }

        Volatile.Write(ref _firstWaiting, kept);
        _lastWaiting = lastKept;
    }

    private async Task BackOffAsync(int failures, CancellationToken stop)
    {
        int ceilingMs = (int)Math.Min(Limits.RedisBackoffMaxMs, (long)Limits.RedisBackoffFirstMs << Math.Min(failures - 1, 16));
        int delayMs = (ceilingMs / 2) + Random.Shared.Next((ceilingMs / 2) + 1);
        await Task.Delay(TimeSpan.FromMilliseconds(delayMs), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        MoveWaiting();
    }

    private void Abort(string reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        Volatile.Read(ref _stream)?.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Redis {Endpoint}: connected")]
        public static partial void Ready(ILogger logger, RedisEndpoint endpoint);

        [LoggerMessage(Level = LogLevel.Error, Message = "Redis {Endpoint}: the reader failed")]
        public static partial void ReaderFailed(ILogger logger, RedisEndpoint endpoint, Exception error);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Redis {Endpoint}: no connection: {Reason}")]
        public static partial void Lost(ILogger logger, RedisEndpoint endpoint, string reason);
    }
}
