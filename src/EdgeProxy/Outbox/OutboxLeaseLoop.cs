using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// Keeps this process a member of the cluster and its bots at a fair share. Every third of a lease, and when another process says that something
/// changed:
/// 1. it renews; a member that was declared dead joins again, with nothing;
/// 2. it declares dead who has not renewed. Only after renewals of its own in a row: when the server itself was away, everybody is late;
/// 3. it gives back what is more than its share: nothing new begins, what flies ends, then the bot is free;
/// 4. it takes free bots up to its share, and settles what their former owners left in "sending". Only then they are sent for.
/// </summary>
/// <param name="ownership">The state.</param>
/// <param name="settle">Settles what earlier owners of the bot left; false when that must be tried again.</param>
/// <param name="changed">The bots that may be sent for are others now.</param>
/// <param name="tell">Tells the other processes that bots are free, or that there is one more to share with.</param>
/// <param name="leaseMs">How long a lease holds.</param>
/// <param name="time">For waits.</param>
/// <param name="logger">Gains and losses.</param>
internal sealed partial class OutboxLeaseLoop(
    OutboxOwnership ownership, Func<long, long, Task<bool>> settle, Action changed, Action tell, int leaseMs, TimeProvider time, ILogger logger)
{
    private const int TicksPerLease = 3;
    private const int RenewalsInARow = 2;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _renewals;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                int waitMs = ownership.IsShrinking ? Limits.OutboxTickMs : leaseMs / TicksPerLease;
                await WaitAsync(waitMs, stop).ConfigureAwait(false);
                await TickAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Away, or a bug. The leases end by the clock; what is renewed late still counts.
                _renewals = 0;
                LogFailed(logger, error.Message);
            }
        }
    }

    /// <summary>Looks again at once.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount > 0) return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake.
        }
    }

    /// <summary>One look.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The server is away.</exception>
    public async Task TickAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            // 1.
            await RenewAsync().ConfigureAwait(false);
            // 2.
            if (_renewals >= RenewalsInARow) await ownership.BuryAsync().ConfigureAwait(false);
            // 3.
            (int members, int free) = await ownership.LookAsync().ConfigureAwait(false);
            int fair = ownership.Sends ? ownership.Fair(members) : 0;
            if (ownership.Owned().Length > fair)
            {
                ownership.Shrink(fair);
                changed();
            }

            if (ownership.IsShrinking && await ownership.GiveBackAsync().ConfigureAwait(false)) tell();
            // 4.
            if (free > 0 && ownership.Count < fair) await ownership.ClaimAsync(fair - ownership.Count).ConfigureAwait(false);
            await SettleAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RenewAsync()
    {
        if (await ownership.RenewAsync().ConfigureAwait(false))
        {
            _renewals++;
            return;
        }

        _renewals = 0;
        LogLost(logger);
        changed();
        if (!await ownership.JoinAsync().ConfigureAwait(false)) LogFull(logger, Limits.OutboxSlots);
    }

    private async Task SettleAsync()
    {
        bool any = false;
        foreach ((long bot, long epoch) in ownership.Unsettled.ToArray())
        {
            if (!await settle(bot, epoch).ConfigureAwait(false)) continue;
            ownership.Settled(bot);
            LogTaken(logger, bot, epoch);
            any = true;
        }

        if (any) changed();
    }

    private async Task WaitAsync(int waitMs, CancellationToken stop)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task wake = _wake.WaitAsync(waiting.Token);
        await Task.WhenAny(wake, Task.Delay(TimeSpan.FromMilliseconds(waitMs), time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of the outbox could not be renewed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "This process did not renew in time: others send its bots' messages now; it joins again")]
    private static partial void LogLost(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The cluster has {Slots} processes already")]
    private static partial void LogFull(ILogger logger, int slots);

    [LoggerMessage(Level = LogLevel.Information, Message = "This process sends the messages of bot {Bot}, epoch {Epoch}")]
    private static partial void LogTaken(ILogger logger, long bot, long epoch);
}
