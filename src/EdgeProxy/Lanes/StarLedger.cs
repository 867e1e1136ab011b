using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Lanes;

/// <summary>
/// Keeps what paid broadcasting cost today over a restart and, in a cluster, brings what the other processes spent, so that the cap of a day is one
/// of the day and not of the process. Made before the first send, disposed after the last.
/// </summary>
internal sealed partial class StarLedger : IAsyncDisposable
{
    private readonly IStarTable _table;
    private readonly LaneSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<Bot, (DateOnly Day, double Stars)> _written = [];

    // Of what the lanes count, the part that others spent.
    private readonly Dictionary<Bot, (DateOnly Day, double Stars)> _others = [];
    private readonly PeriodicTimer _timer;
    private Task _loop = Task.CompletedTask;

    /// <summary>Of a cluster; begins with <see cref="StartAsync"/>.</summary>
    public StarLedger(IStarTable table, LaneSender sender, TimeProvider time, ILogger logger)
    {
        (_table, _sender, _time, _logger) = (table, sender, time, logger);
        _timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Limits.SpendingFlushMs), time);
    }

    /// <summary>Of one process with its state file; has begun.</summary>
    public StarLedger(StateFile state, LaneSender sender, TimeProvider time, ILogger logger)
        : this(new SqliteStars(state), sender, time, logger)
    {
        foreach ((Bot bot, _, _) in sender.Spending())
        {
            if (((SqliteStars)_table).Load(bot.Id) is { } spent) sender.RestoreSpending(bot, spent.Day, spent.Stars);
        }

        _loop = RunAsync();
    }

    /// <summary>Before the first send: what this day has cost is counted from now on.</summary>
    public async Task StartAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        _loop = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false)) await FlushAsync().ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
    }

    private async Task FlushAsync()
    {
        try
        {
            foreach ((Bot bot, DateOnly day, double stars) in _sender.Spending())
            {
                double own = Math.Max(0, Math.Round(stars - OthersOf(bot, day), 1));
                if (own == 0 && !_written.ContainsKey(bot)) continue;
                if (_written.TryGetValue(bot, out var last) && last == (day, own)) continue;
                await _table.SaveAsync(bot.Id, day, own).ConfigureAwait(false);
                _written[bot] = (day, own);
            }

            await CountOthersAsync(DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime)).ConfigureAwait(false);
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            // Tried again with the next tick.
            LogNotKept(error.Message);
        }
    }

    private async Task CountOthersAsync(DateOnly today)
    {
        if (await _table.OthersAsync(today).ConfigureAwait(false) is not { } others) return;
        foreach ((Bot bot, _, _) in _sender.Spending())
        {
            double stars = others.GetValueOrDefault(bot.Id);
            double change = Math.Round(stars - OthersOf(bot, today), 1);
            if (change == 0) continue;
            _sender.RestoreSpending(bot, today, change);
            _others[bot] = (today, stars);
        }
    }

    private double OthersOf(Bot bot, DateOnly day) => _others.TryGetValue(bot, out var others) && others.Day == day ? others.Stars : 0;

    [LoggerMessage(1, LogLevel.Warning, "Spent Stars are in memory only: {Reason}")]
    private partial void LogNotKept(string reason);
}
