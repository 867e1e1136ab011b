using System.Collections.Concurrent;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>
/// Posts new updates without end, as Telegram does: a few connections, each the only one that writes to its chats, and an
/// update is repeated until it got its 200. Whoever owns a chat posts in order, so that order can be asked of the consumer.
/// </summary>
internal sealed class Load(WebhookClient client, int posters, int chatsPerPoster, int pauseMs)
{
    private readonly ConcurrentDictionary<long, byte> _accepted = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private long _lastUpdateId = 1_000_000;
    private long _posts;

    /// <summary>Ids that got a 200.</summary>
    public IReadOnlyCollection<long> Accepted => (IReadOnlyCollection<long>)_accepted.Keys;

    public long Posts => Interlocked.Read(ref _posts);

    public void Start()
    {
        for (var poster = 0; poster < posters; poster++)
        {
            var firstChat = 1000L + (poster * chatsPerPoster);
            _running.Add(Task.Run(() => PostAsync(firstChat)));
        }
    }

    /// <summary>No new updates; the ones that were begun are repeated until they are taken, within a bound.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task PostAsync(long firstChat)
    {
        for (var sequence = 1L; !_stop.IsCancellationRequested; sequence++)
        {
            var id = Interlocked.Increment(ref _lastUpdateId);
            var body = Updates.Message(id, firstChat + (sequence % chatsPerPoster), sequence);
            while (true)
            {
                Interlocked.Increment(ref _posts);
                if (await client.PostAsync(body) == 200)
                    break;
                await Task.Delay(20);
            }

            _accepted.TryAdd(id, 0);
            if (pauseMs > 0)
                await Task.Delay(pauseMs);
        }
    }
}
