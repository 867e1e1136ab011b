using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>
/// Idempotency keys: a repeat within Limits.IdempotencyHours gets the first answer, and nothing is sent twice. Steps of a call:
/// 1. <see cref="BeginAsync"/> claims the key in memory, then looks into the table.
/// 2. <see cref="MarkSendingAsync"/>, called before the first byte leaves, writes "sending" durably. No row, no byte. In a cluster this is where one
///    process wins the key; the others begin again and find it under way.
/// 3. <see cref="CompleteAsync"/> writes the answer before it is given, or removes the row when Telegram did not take the call.
/// A crash between 2 and 3, an answer that never came, or a disk that fails at 3 leaves "sending": repeats are then told of the doubt.
/// </summary>
internal sealed partial class IdempotencyStore : IAsyncDisposable
{
    public static readonly Migration[] Migrations = [new("botapi_idempotency", 1, SqliteIdempotency.Schema)];

    private readonly CancellationTokenSource _stopping = new();
    private readonly IIdempotencyTable _table;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Guards the two tables below; never held over a wait.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<(long BotId, IdempotencyHash Key), IdempotencyTicket> _inFlight = [];
    private Dictionary<long, int> _rows = [];
    private Task _sweeping = Task.CompletedTask;
    private bool _failing;

    /// <summary>Of a cluster.</summary>
    public IdempotencyStore(IIdempotencyTable table, TimeProvider time, ILogger logger) => (_table, _time, _logger) = (table, time, logger);

    /// <summary>Of one process with its state file.</summary>
    /// <exception cref="StateFileException">The table cannot be read.</exception>
    public IdempotencyStore(StateFile state, TimeProvider time, ILogger logger)
        : this(new SqliteIdempotency(state, time), time, logger) => _rows = ((SqliteIdempotency)_table).Count();

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
            row = await _table.FindAsync(ticket);
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            LogUnreadable(_logger, error.Message);
            Release(ticket, null);
            return Count(new IdempotencyBegin(IdempotencyOutcome.Unavailable));
        }

        if (row is null) return Count(new IdempotencyBegin(IdempotencyOutcome.Fresh) { Ticket = ticket });
        bool same = row.Request == request;
        if (same && row.IsElsewhere && !_stopping.IsCancellationRequested)
        {
            _ = FollowAsync(ticket);
            return Count(new IdempotencyBegin(IdempotencyOutcome.InFlight) { First = ticket.End });
        }

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
        if (!await TryWriteAsync(async () => grown = await _table.MarkAsync(ticket))) ticket.Refusal = IdempotencyOutcome.Unavailable;
        else if (grown < 0) ticket.Refusal = IdempotencyOutcome.InFlight;
        if (ticket.Refusal != IdempotencyOutcome.Fresh) return false;
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
            if (!ticket.IsMarked) return;
            if (outcome == SendOutcome.Unknown)
            {
                await TryWriteAsync(() => _table.DoubtAsync(ticket));
                return;
            }

            if (IsFinal(outcome, answer))
            {
                // When this fails the row stays "sending": the first caller still gets its answer, a repeat is told of the doubt.
                await TryWriteAsync(() => _table.AnswerAsync(ticket, answer!));
                return;
            }

            int removed = 0;
            if (await TryWriteAsync(async () => removed = await _table.RemoveAsync(ticket))) Grow(ticket.BotId, -removed);
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
            if (!await TryWriteAsync(async () => bots = await _table.RemoveOldAsync(Limits.IdempotencySweepRows))) break;
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

    /// <summary>Another process has the call under way: its end becomes this ticket's, for those who wait with the same key here.</summary>
    private async Task FollowAsync(IdempotencyTicket ticket)
    {
        IdempotencyAnswer? answer = null;
        try
        {
            IdempotencyRow? row;
            int pauseMs = Limits.IdempotencyLookFirstMs;
            do
            {
                await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), _time, _stopping.Token);
                pauseMs = Math.Min(2 * pauseMs, Limits.IdempotencyLookMs);
                row = await _table.FindAsync(ticket);
            }
            while (row is { IsElsewhere: true } && row.Request == ticket.Request);
            if (row?.Request == ticket.Request) answer = row.Answer;
        }
        catch (Exception error) when (error is OperationCanceledException || _table.IsFailure(error))
        {
            // They begin again and are told what is known then.
        }
        finally
        {
            Release(ticket, answer);
        }
    }

    private async Task CountRowsAsync()
    {
        Dictionary<long, int>? counts = null;
        if (!await TryWriteAsync(async () => counts = await _table.CountAsync()) || counts is null) return;
        lock (_lock) _rows = counts;
    }

    private async Task SweepLoopAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await SweepAsync(cancellationToken);
                await CountRowsAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.IdempotencySweepMs), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // the way the loop ends
        }
    }

    private async Task<bool> TryWriteAsync(Func<Task> work)
    {
        try
        {
            await work();
            _failing = false;
            return true;
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            if (!_failing) LogUnwritable(_logger, error.Message);
            _failing = true;
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Idempotency keys cannot be read: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Idempotency keys cannot be stored, calls that carry one are refused: {Error}")]
    private static partial void LogUnwritable(ILogger logger, string error);
}
