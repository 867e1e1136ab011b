using System.Collections.Concurrent;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>
/// Telegram behind a load balancer: every update goes to the next process in turn, one in ten goes to two of them at the same moment, and one that
/// got no 200 is repeated elsewhere. Each poster is the only one that writes to its chats, one update after the other, so that order can be asked
/// of the consumer.
/// </summary>
internal sealed class ClusterLoad(IReadOnlyList<ProxyProcess> members, int posters, int chatsPerPoster) : IDisposable
{
    private const int DuplicateEvery = 10;
    private readonly WebhookClient[] _clients = [.. members.Select(member => new WebhookClient(member.BaseAddress.Port))];
    private readonly ConcurrentDictionary<long, byte> _accepted = new();
    private long _lastUpdateId = 1_000_000;
    private long _posts;
    private long _doubled;
    private int _turn;

    /// <summary>Ids that got a 200.</summary>
    public IReadOnlyCollection<long> Accepted => (IReadOnlyCollection<long>)_accepted.Keys;

    public long Posts => Interlocked.Read(ref _posts);

    /// <summary>Updates that were posted to two processes at once.</summary>
    public long Doubled => Interlocked.Read(ref _doubled);

    /// <summary>Posts <paramref name="count"/> updates, each until it was taken; or until cancelled, but begun ones are ended.</summary>
    public Task RunAsync(int count, CancellationToken stop = default) => Task.WhenAll(
        Enumerable.Range(0, posters).Select(poster => Task.Run(() => PostAsync(1000L + (poster * chatsPerPoster), count / posters, stop))));

    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
    }

    private async Task PostAsync(long firstChat, int count, CancellationToken stop)
    {
        for (var sequence = 1L; sequence <= count && !stop.IsCancellationRequested; sequence++)
        {
            var id = Interlocked.Increment(ref _lastUpdateId);
            var body = Updates.Message(id, firstChat + (sequence % chatsPerPoster), sequence);
            var isDoubled = id % DuplicateEvery == 0;
            while (!await OnceAsync(body, isDoubled))
                await Task.Delay(20, CancellationToken.None);
            if (isDoubled)
                Interlocked.Increment(ref _doubled);
            _accepted.TryAdd(id, 0);
        }
    }

    private async Task<bool> OnceAsync(string body, bool isDoubled)
    {
        var turn = (uint)Interlocked.Increment(ref _turn);
        Task<int>[] sent = isDoubled ? [PostAsync(body, turn), PostAsync(body, turn + 1)] : [PostAsync(body, turn)];
        return (await Task.WhenAll(sent)).Contains(200);
    }

    private Task<int> PostAsync(string body, uint turn)
    {
        Interlocked.Increment(ref _posts);
        return _clients[turn % (uint)_clients.Length].PostAsync(body);
    }
}
