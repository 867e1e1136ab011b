using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>
/// Idempotency keys: a repeat within Limits.IdempotencyHours gets the first answer, and nothing is sent twice. Steps of a call:
/// 1. <see cref="BeginAsync"/> claims the key in memory, then looks into the state file.
/// 2. <see cref="MarkSendingAsync"/>, called before the first byte leaves, writes "sending" durably. No row, no byte.
/// 3. <see cref="CompleteAsync"/> writes the answer before it is given, or removes the row when Telegram did not take the call.
/// A crash between 2 and 3, an answer that never came, or a disk that fails at 3 leaves "sending": repeats are then told of the doubt.
/// </summary>
internal sealed partial class IdempotencyStore : IAsyncDisposable
{
    public static readonly Migration[] Migrations = [new("botapi_idempotency", 1, IdempotencyTable.Schema)];

    private static readonly long KeptMs = (long)TimeSpan.FromHours(Limits.IdempotencyHours).TotalMilliseconds;
    private readonly CancellationTokenSource _stopping = new();
    private readonly StateFile _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Guards the two tables below; never held over a wait.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<(long BotId, IdempotencyHash Key), IdempotencyTicket> _inFlight = [];
    private readonly Dictionary<long, int> _rows;
    private Task _sweeping = Task.CompletedTask;
    private bool _failing;

    /// <exception cref="StateFileException">The table cannot be read.</exception>
    public IdempotencyStore(StateFile state, TimeProvider time, ILogger logger)
    {
        (_state, _time, _logger) = (state, time, logger);
        _rows = state.Read(IdempotencyTable.Count);
    }

    /// <summary>Old keys are removed from now on.</summary>
    public void Start() => _sweeping = Task.Run(() => SweepLoopAsync(_stopping.Token));

    /// <summary>Step 1. Never throws.</summary>
    /// <param name="bot">Keys are the bot's own.</param>
    /// <param name="key">As <see cref="IdempotencyRequest.IsKey"/> allows.</param>
    /// <param name="request">What is asked for: <see cref="IdempotencyRequest"/>.</param>
    public async ValueTask<IdempotencyBegin> BeginAsync(Bot bot, string key, IdempotencyHash request)
    {
        var ticket = new IdempotencyTicket(bot.Id, IdempotencyHash.Of(Encoding.UTF8.GetBytes(key)), request);
        if (Claim(ticket) is { } taken) return Count(taken);
        IdempotencyRow? row;
        try
        {
            // On the pool: the look-up may wait for the disk, and the caller's thread may be one that sockets complete on.
            row = await Task.Run(() => _state.Read(database => IdempotencyTable.Find(database, ticket.BotId, ticket.Key)));
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            LogUnreadable(_logger, error.Message);
            Release(ticket, null);
            return Count(new IdempotencyBegin(IdempotencyOutcome.Unavailable));
        }

        if (row is null || row.CreatedUnixMs < Cutoff()) return Count(new IdempotencyBegin(IdempotencyOutcome.Fresh) { Ticket = ticket });
        bool same = row.Request == request;
        // Who waits with the same call gets the answer; who waits for a doubt or with another call begins again and is told.
        Release(ticket, same ? row.Answer : null);
        if (!same) return Count(new IdempotencyBegin(IdempotencyOutcome.Conflict));
        return Count(row.Answer is null
            ? new IdempotencyBegin(IdempotencyOutcome.Doubtful)
            : new IdempotencyBegin(IdempotencyOutcome.Answered) { Answer = row.Answer });
    }

    /// <summary>
    /// Step 2, for SendTerms.BeforeFirstByte. True once the row is on disk; later attempts of the same call find it there. False: nothing may
    /// leave, and <see cref="IdempotencyTicket.Refusal"/> says why. Never throws.
    /// </summary>
    public async ValueTask<bool> MarkSendingAsync(IdempotencyTicket ticket)
    {
        if (ticket.IsMarked) return true;
        lock (_lock)
        {
            if (_rows.GetValueOrDefault(ticket.BotId) >= Limits.IdempotencyKeysPerBotMax) ticket.Refusal = IdempotencyOutcome.Full;
        }

        if (ticket.Refusal != IdempotencyOutcome.Fresh) return false;
        int grown = 0;
        long now = NowUnixMs();
        if (!await TryWriteAsync(database => grown = IdempotencyTable.Mark(database, ticket, now)))
        {
            ticket.Refusal = IdempotencyOutcome.Unavailable;
            return false;
        }

        Grow(ticket.BotId, grown);
        ticket.IsMarked = true;
        return true;
    }

    /// <summary>
    /// Step 3, exactly once for every ticket, before the answer is given. Never throws.
    /// </summary>
    /// <param name="ticket">Of <see cref="BeginAsync"/>.</param>
    /// <param name="outcome">How the send ended; <see cref="SendOutcome.Abandoned"/> when it was refused before the lanes.</param>
    /// <param name="answer">What the caller is about to get, and with it whoever waits with the same key; null when the caller is gone.</param>
    public async ValueTask CompleteAsync(IdempotencyTicket ticket, SendOutcome outcome, IdempotencyAnswer? answer)
    {
        try
        {
            if (!ticket.IsMarked || outcome == SendOutcome.Unknown) return;
            if (IsFinal(outcome, answer))
            {
                // When this fails the row stays "sending": the first caller still gets its answer, a repeat is told of the doubt.
                await TryWriteAsync(database => IdempotencyTable.Answer(database, ticket, answer!));
                return;
            }

            int removed = 0;
            if (await TryWriteAsync(database => removed = IdempotencyTable.Remove(database, ticket))) Grow(ticket.BotId, -removed);
        }
        finally
        {
            Release(ticket, answer);
        }
    }

    /// <summary>Removes the keys that are too old, batch by batch, until none is left or the disk fails. The loop calls it.</summary>
    /// <returns>Rows removed.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        int total = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            List<long> bots = [];
            long cutoff = Cutoff();
            bool written = await TryWriteAsync(database => bots = IdempotencyTable.RemoveOld(database, cutoff, Limits.IdempotencySweepRows));
            if (!written) break;
            foreach (long bot in bots) Grow(bot, -1);
            total += bots.Count;
            if (bots.Count < Limits.IdempotencySweepRows) break;
        }

        return total;
    }

    /// <summary>Ends the loop. Calls under way may still complete.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sweeping;
        _stopping.Dispose();
    }

    /// <summary>
    /// Telegram's answer stands and would be the same again. Not final: what it never took (429, 5xx, our own refusals), and 401, which
    /// speaks of the token and not of the call.
    /// </summary>
    private static bool IsFinal(SendOutcome outcome, IdempotencyAnswer? answer) => answer is not null
        && outcome is SendOutcome.Sent or SendOutcome.Migrated or SendOutcome.Blocked or SendOutcome.Rejected
        && answer.Status != StatusCodes.Status401Unauthorized;

    /// <summary>Null when the key is now the ticket's; else what to tell the caller.</summary>
    private IdempotencyBegin? Claim(IdempotencyTicket ticket)
    {
        lock (_lock)
        {
            if (_inFlight.TryGetValue((ticket.BotId, ticket.Key), out IdempotencyTicket? first))
            {
                return first.Request == ticket.Request
                    ? new IdempotencyBegin(IdempotencyOutcome.InFlight) { First = first.End }
                    : new IdempotencyBegin(IdempotencyOutcome.Conflict);
            }

            if (_inFlight.Count >= Limits.IdempotencyInFlightMax) return new IdempotencyBegin(IdempotencyOutcome.Full);
            _inFlight.Add((ticket.BotId, ticket.Key), ticket);
            return null;
        }
    }

    private void Release(IdempotencyTicket ticket, IdempotencyAnswer? answer)
    {
        lock (_lock) _inFlight.Remove((ticket.BotId, ticket.Key));
        ticket.Finish(answer);
    }

    private void Grow(long botId, int rows)
    {
        lock (_lock) _rows[botId] = _rows.GetValueOrDefault(botId) + rows;
    }

    private static IdempotencyBegin Count(IdempotencyBegin begin)
    {
        IdempotencyMetrics.Began(begin.Outcome);
        return begin;
    }

    private async Task SweepLoopAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await SweepAsync(cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.IdempotencySweepMs), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // the way the loop ends
        }
    }

    private async Task<bool> TryWriteAsync(Action<SqliteDatabase> work)
    {
        try
        {
            await _state.WriteAsync(work);
            _failing = false;
            return true;
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            if (!_failing) LogUnwritable(_logger, error.Message);
            _failing = true;
            return false;
        }
    }

    private long Cutoff() => NowUnixMs() - KeptMs;

    private long NowUnixMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Error, Message = "Idempotency keys cannot be read: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Idempotency keys cannot be stored, calls that carry one are refused: {Error}")]
    private static partial void LogUnwritable(ILogger logger, string error);
}
