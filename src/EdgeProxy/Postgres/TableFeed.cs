using System.Threading.Channels;
using EdgeProxy.Primitives;

namespace EdgeProxy.Postgres;

/// <summary>
/// Keeps what this process knows of a small table as the others change it: read again at each notification, after each reconnection, and every
/// Limits.TableFeedPollMs behind that.
/// </summary>
internal sealed class TableFeed : IAsyncDisposable
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<Task<bool>> _refresh;
    private readonly PostgresListener _listener;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;

    /// <param name="database">Where the table is.</param>
    /// <param name="channel">What its changes notify.</param>
    /// <param name="refresh">Reads it; false when that could not be done now.</param>
    public TableFeed(PostgresDatabase database, string channel, Func<Task<bool>> refresh, TimeProvider time, ILogger logger)
    {
        (_refresh, _time) = (refresh, time);
        _listener = new PostgresListener(database, channel, _ => Changed(), Changed, time, logger);
    }

    /// <summary>Reads the table, and follows it from now on.</summary>
    /// <exception cref="TimeoutException">It cannot be read.</exception>
    public async Task StartAsync()
    {
        if (!await _refresh()) throw new TimeoutException("A table cannot be read from PostgreSQL");
        _running = Task.WhenAll(_listener.RunAsync(_stopping.Token), FollowAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private void Changed() => _changed.Writer.TryWrite(true);

    private async Task FollowAsync()
    {
        bool read = true;
        while (!_stopping.IsCancellationRequested)
        {
            await WaitAsync(read ? Limits.TableFeedPollMs : Limits.PostgresRetryMs);
            if (_stopping.IsCancellationRequested) return;
            _changed.Reader.TryRead(out _);
            read = await _refresh();
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.TableFeedGapMs), _time, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WaitAsync(int mostMs)
    {
        using var poll = new CancellationTokenSource(TimeSpan.FromMilliseconds(mostMs), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, _stopping.Token);
        Task changed = _changed.Reader.WaitToReadAsync(either.Token).AsTask();
        await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
