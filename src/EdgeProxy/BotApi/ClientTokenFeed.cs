using System.Threading.Channels;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;

namespace EdgeProxy.BotApi;

/// <summary>
/// Keeps the client tokens of this process as the others change them: read again at each notification, after each reconnection, and every
/// Limits.ClientTokensPollMs behind that.
/// </summary>
internal sealed class ClientTokenFeed : IAsyncDisposable
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly ClientTokens _tokens;
    private readonly PostgresListener _listener;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;

    public ClientTokenFeed(ClientTokens tokens, PostgresDatabase database, TimeProvider time, ILogger logger)
    {
        (_tokens, _time) = (tokens, time);
        _listener = new PostgresListener(database, PostgresClientTokens.Channel, _ => Changed(), Changed, time, logger);
    }

    /// <summary>Reads the tokens, and follows them from now on.</summary>
    /// <exception cref="TimeoutException">They cannot be read: without them every caller would be refused.</exception>
    public async Task StartAsync()
    {
        if (!await _tokens.RefreshAsync()) throw new TimeoutException("The client tokens cannot be read from PostgreSQL");
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
            await WaitAsync(read ? Limits.ClientTokensPollMs : Limits.PostgresRetryMs);
            if (_stopping.IsCancellationRequested) return;
            _changed.Reader.TryRead(out _);
            read = await _tokens.RefreshAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.ClientTokensGapMs), _time, _stopping.Token)
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
