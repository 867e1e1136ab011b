using System.Collections.Concurrent;
using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>
/// The journal of a cluster: P streams in Redis, which every process appends to and whose reading belongs to one process each. An append is one script
/// and one round trip: it remembers the update_id and adds the record, or neither. Whatever goes wrong, the sender is told to try again: the script
/// knows an update it has, so that is harmless.
/// <code>
/// var journal = new RedisJournal(settings, time, loggers);
/// journal.Start();
/// await using RedisPartition? log = await journal.OpenPartitionAsync(7);   // under its lease; null: Redis did not answer
/// IJournalReader reader = log.OpenReader(cursor);
/// </code>
/// </summary>
internal sealed partial class RedisJournal : IUpdateJournal
{
    private readonly RedisJournalSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly RedisScript _append;
    private readonly RedisJournalKeys[] _keys;
    private readonly PartitionLook[] _looks;
    private readonly RedisClient _appends;
    private readonly RedisClient _reads;
    private readonly RedisWatchLoop _watch;
    private readonly ConcurrentQueue<RedisAppend> _free = new();
    private readonly ConcurrentDictionary<int, RedisPartition> _open = new();
    private RefusedAppend? _refused;
    private long _corrupt;
    private int _isStopping;

    public RedisJournal(RedisJournalSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        (_settings, _time, _loggers) = (settings, time, loggers);
        _logger = loggers.CreateLogger("EdgeProxy.Journal");
        _append = RedisScripts.Append(settings.RecordsMax);
        _keys = new RedisJournalKeys[settings.Partitions];
        for (int number = 0; number < _keys.Length; number++) _keys[number] = new(settings.Name, number);
        _looks = new PartitionLook[settings.Partitions];
        Array.Fill(_looks, new(0, 0, 0, 0));
        // Appends go on where replies are read: a hop to another thread would cost as much as the append, and what follows one, a status without a
        // body, does not block. Pages are long to go through, so they come on a connection of their own.
        _appends = ClientOf(settings.Redis with { InlineContinuations = true });
        _reads = ClientOf(settings.Redis);
        _watch = new(this, settings, _reads, time);
        Durability = new(settings.Redis, time, loggers);
    }

    public int Partitions => _keys.Length;

    /// <summary>What the servers may lose.</summary>
    public RedisDurability Durability { get; }

    /// <summary>Why updates are not taken now, for the operator; null when they are.</summary>
    public string? Fault => Volatile.Read(ref _refused)?.Reason ?? _appends.Fault;

    /// <summary>The partition that was refused last, until it takes writes again; -1 when none.</summary>
    public int RefusedPartition => Volatile.Read(ref _refused)?.Partition ?? -1;

    /// <summary>The partitions this process has open.</summary>
    public IEnumerable<RedisPartition> OpenPartitions => _open.Values;

    /// <summary>Null when this process does not have it open.</summary>
    public RedisPartition? OpenPartition(int number) => _open.GetValueOrDefault(number);

    public void Start()
    {
        _appends.Start();
        _reads.Start();
        _watch.Start();
        Durability.Start();
        JournalMetrics.Attach(this, _time);
    }

    public RedisJournalKeys KeysOf(int partition) => _keys[partition];

    /// <summary>As of the last look.</summary>
    public PartitionLook LookOf(int partition) => Volatile.Read(ref _looks[partition]);

    // 1. The partition of its queue key. 2. The bitmap of its id. 3. One command. 4. Its outcome: Judge.
    public ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, Limits.UpdateBytesMax, nameof(body));
        if (Volatile.Read(ref _isStopping) != 0) return new(AppendOutcome.Stopping);
        int partition = JournalPartition.Of(botId, envelope.Key, _keys.Length);
        RedisJournalKeys keys = _keys[partition];
        var header = new RecordHeader
        {
            Type = RecordType.Update,
            TotalBytes = RecordCodec.TotalBytes(body.Length),
            BodyBytes = body.Length,
            BodyCrc = Crc32C.Compute(body.Span),
            BotId = botId,
            ReceivedUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            Envelope = envelope,
        };
        Span<byte> headerBytes = stackalloc byte[RecordCodec.HeaderBytes];
        RecordCodec.WriteHeader(headerBytes, header);
        Span<byte> dedupe = stackalloc byte[keys.DedupeBytesMax];
        ReadOnlySpan<byte> bitmap = keys.Dedupe(botId, envelope.UpdateId, dedupe, out int bit);
        RedisCommand command = _appends.Rent(_append, 2).Key(keys.Stream).Key(bitmap).Add(bit).Add(headerBytes, body.Span);
        RedisAppend append = _free.TryDequeue(out RedisAppend? used) ? used : new(this, _free);
        return append.Follow(_appends.SendAsync(command), command, partition);
    }

    /// <summary>
    /// Begins to follow a partition. For the holder of its lease: nothing here stops two processes from reading the same one. Null when Redis does not
    /// answer.
    /// </summary>
    public async Task<RedisPartition?> OpenPartitionAsync(int number)
    {
        if (_open.ContainsKey(number)) throw new InvalidOperationException("The partition is open.");
        if (await LookAsync(number).ConfigureAwait(false) is not { } look) return null;
        RedisClient tail = ClientOf(_settings.Redis with { ClientName = $"{_settings.Redis.ClientName}-tail-{number}", PendingMax = 4 });
        var partition = new RedisPartition(this, number, look, _reads, tail, _time);
        _open[number] = partition;
        return partition;
    }

    public void Forget(RedisPartition partition) => _open.TryRemove(new(partition.Number, partition));

    /// <summary>Asks the server about a partition. Null when it does not answer.</summary>
    public async Task<PartitionLook?> LookAsync(int number)
    {
        using RedisCommand command = _reads.Rent(RedisScripts.Look, 1).Key(_keys[number].Stream);
        command.IsIdempotent = true;
        RedisOutcome outcome = await _reads.SendAsync(command).ConfigureAwait(false);
        if (outcome != RedisOutcome.Ok || ReadLook(command.Reply) is not { } look)
        {
            NoteRefusal(number, outcome, command);
            return null;
        }

        Volatile.Write(ref _looks[number], look);
        return look;
    }

    /// <summary>After an outage: what comes next gets positions behind <paramref name="tail"/>, whatever the server lost.</summary>
    public async Task LiftAsync(int number, long tail)
    {
        if (tail == 0) return;
        using RedisCommand command = _reads.Rent(RedisScripts.Lift, 1).Key(_keys[number].Stream);
        StreamId.AddTo(command, tail - 1);
        command.IsIdempotent = true;
        if (await _reads.SendAsync(command).ConfigureAwait(false) == RedisOutcome.Ok && IsOne(command.Reply)) LogLost(_logger, number);
    }

    public JournalSnapshot Snapshot()
    {
        (long head, long tail, long oldest, long bytes) = (long.MaxValue, 0, 0, 0);
        for (int number = 0; number < _looks.Length; number++)
        {
            PartitionLook look = LookOf(number);
            head = Math.Min(head, look.Head);
            tail = Math.Max(tail, look.Tail);
            bytes += look.Bytes;
            if (look.Records > 0 && (oldest == 0 || look.OldestUnixMs < oldest)) oldest = look.OldestUnixMs;
        }

        return new(head, tail, oldest, _looks.Length, bytes, _appends.Pending, Interlocked.Read(ref _corrupt), Fault);
    }

    /// <summary>Stops accepting, gives up what is open. Appends in flight end as not stored: their sender repeats them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isStopping, 1) != 0) return;
        JournalMetrics.Detach(this);
        foreach (RedisPartition partition in _open.Values) await partition.DisposeAsync().ConfigureAwait(false);
        await _appends.DisposeAsync().ConfigureAwait(false);
        // The watch waits for a command of it, which ends now.
        await _reads.DisposeAsync().ConfigureAwait(false);
        await _watch.DisposeAsync().ConfigureAwait(false);
        await Durability.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What an append's end means. On the thread that reads replies.</summary>
    public AppendOutcome Judge(RedisOutcome sent, RedisCommand command, int partition)
    {
        RespReader reply = command.Reply;
        AppendOutcome outcome = AppendOutcome.DiskFailed;
        if (sent == RedisOutcome.Ok && reply.TryReadInteger(out long said) && said is >= 0 and <= (int)AppendOutcome.Full) outcome = (AppendOutcome)said;
        else if (sent == RedisOutcome.Full || (sent == RedisOutcome.ServerError && command.Error.StartsWith("OOM"u8))) outcome = AppendOutcome.Full;
        switch (outcome)
        {
            case AppendOutcome.Appended:
                JournalMetrics.Appended.Add(1);
                break;
            case AppendOutcome.Duplicate:
                JournalMetrics.Duplicates.Add(1);
                break;
            default:
                JournalMetrics.Refused.Add(1, outcome is AppendOutcome.Full ? JournalMetrics.ReasonFull : JournalMetrics.ReasonRedis);
                // Too much at once, or a full partition, is no fault of the server.
                if (sent is not (RedisOutcome.Ok or RedisOutcome.Full)) NoteRefusal(partition, sent, command);
                return outcome;
        }

        if (Volatile.Read(ref _refused) is { } refused && refused.Partition == partition) NoteAccepted(refused);
        return outcome;
    }

    /// <summary>The server takes writes of the refused partition again.</summary>
    public void NoteAccepted(int partition)
    {
        if (Volatile.Read(ref _refused) is { } refused && refused.Partition == partition) NoteAccepted(refused);
    }

    public void NoteCorrupt(int partition)
    {
        if (Interlocked.Increment(ref _corrupt) == 1) LogCorrupt(_logger, partition);
    }

    private void NoteAccepted(RefusedAppend refused)
    {
        if (ReferenceEquals(Interlocked.CompareExchange(ref _refused, null, refused), refused)) LogAccepted(_logger, refused.Partition);
    }

    private void NoteRefusal(int partition, RedisOutcome outcome, RedisCommand command)
    {
        if (Volatile.Read(ref _refused) is not null || Volatile.Read(ref _isStopping) != 0) return;
        string reason = outcome switch
        {
            RedisOutcome.ServerError => "Redis refuses: " + Encoding.UTF8.GetString(command.Error[..Math.Min(command.Error.Length, Limits.RedisFaultCharsMax)]),
            RedisOutcome.TimedOut => "Redis does not answer",
            RedisOutcome.NotSent => "no connection to Redis",
            RedisOutcome.Unknown => "the connection to Redis broke",
            _ => $"Redis answered something else ({outcome})",
        };
        if (Interlocked.CompareExchange(ref _refused, new(partition, reason), null) is null) LogRefused(_logger, partition, reason);
    }

    private RedisClient ClientOf(RedisOptions options) => new(options, _time, _loggers.CreateLogger<RedisClient>());

    private static PartitionLook? ReadLook(RespReader reply)
    {
        if (!reply.TryReadAggregate(out int parts) || parts != 4 || !reply.TryReadInteger(out long records) || !reply.TryReadInteger(out long bytes)
            || !reply.TryReadText(out ReadOnlySpan<byte> first) || !reply.TryReadText(out ReadOnlySpan<byte> last))
        {
            return null;
        }

        long tail = StreamId.TryParse(last, out long newest) ? newest + 1 : 0;
        return new(records, bytes, StreamId.TryParse(first, out long oldest) ? oldest : tail, tail);
    }

    private static bool IsOne(RespReader reply) => reply.TryReadInteger(out long value) && value == 1;

    private sealed record RefusedAppend(int Partition, string Reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Journal: partition {Partition} takes no updates: {Reason}")]
    private static partial void LogRefused(ILogger logger, int partition, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Journal: partition {Partition} takes updates again")]
    private static partial void LogAccepted(ILogger logger, int partition);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Journal: Redis lost the newest updates of partition {Partition}, which it had acknowledged")]
    private static partial void LogLost(ILogger logger, int partition);

    [LoggerMessage(Level = LogLevel.Error, Message = "Journal: partition {Partition} holds an entry that is no undamaged record; it is skipped")]
    private static partial void LogCorrupt(ILogger logger, int partition);
}
