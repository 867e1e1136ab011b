using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Lanes;

/// <summary>
/// Keeps what paid broadcasting cost today over a restart, so that the cap of a day is one of the day and not of the process. Made before the first
/// send, disposed after the last.
/// </summary>
internal sealed partial class StarLedger : IAsyncDisposable
{
    private readonly StateFile _state;
    private readonly LaneSender _sender;
    private readonly ILogger _logger;
    private readonly Dictionary<Bot, (DateOnly Day, double Stars)> _written = [];
    private readonly PeriodicTimer _timer;
    private readonly Task _loop;

    public StarLedger(StateFile state, LaneSender sender, TimeProvider time, ILogger logger)
    {
        (_state, _sender, _logger) = (state, sender, logger);
        foreach ((Bot bot, _, _) in sender.Spending())
        {
            if (state.Read(database => LaneStore.LoadSpending(database, bot.Id)) is { } spent) sender.RestoreSpending(bot, spent.Day, spent.Stars);
        }

        _timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Limits.SpendingFlushMs), time);
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
                if (stars == 0 || (_written.TryGetValue(bot, out var last) && last == (day, stars))) continue;
                await _state.WriteAsync(database => LaneStore.SaveSpending(database, bot.Id, day, stars)).ConfigureAwait(false);
                _written[bot] = (day, stars);
            }
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            // Tried again with the next tick.
            LogNotKept(error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Spent Stars are in memory only: {Reason}")]
    private partial void LogNotKept(string reason);
}
