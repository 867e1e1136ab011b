using System.Threading.RateLimiting;

namespace EdgeProxy.Bench.Subjects;

/// <summary>
/// What a team builds from the framework's parts: a token bucket for the bot, one for each chat, and a semaphore that keeps the chat's order. It has
/// no priorities, no flood gate, no bound of waiting, and never forgets a chat.
/// </summary>
internal sealed class LimiterTurns : IDisposable
{
    private readonly TokenBucketRateLimiter _bot = NewBucket();
    private readonly PartitionedRateLimiter<long> _chatBuckets = PartitionedRateLimiter.Create<long, long>(
        static chat => RateLimitPartition.GetTokenBucketLimiter(chat, static _ => Options()));
    private readonly Dictionary<long, SemaphoreSlim> _order = [];
    private readonly int _chats;
    private int _next;

    public LimiterTurns(int chats) => _chats = chats;

    public long Turn()
    {
        _next = _next + 1 == _chats ? 0 : _next + 1;
        long chat = 100_000_001 + _next;
        if (!_order.TryGetValue(chat, out SemaphoreSlim? order)) _order[chat] = order = new SemaphoreSlim(1, 1);
        order.Wait();
        using RateLimitLease ofChat = _chatBuckets.AttemptAcquire(chat);
        using RateLimitLease ofBot = _bot.AttemptAcquire();
        if (!ofChat.IsAcquired || !ofBot.IsAcquired) throw new InvalidOperationException("the limiter is empty");
        order.Release();
        return chat;
    }

    public void Dispose()
    {
        _bot.Dispose();
        _chatBuckets.Dispose();
        foreach (SemaphoreSlim order in _order.Values) order.Dispose();
    }

    private static TokenBucketRateLimiter NewBucket() => new(Options());

    private static TokenBucketRateLimiterOptions Options() => new()
    {
        TokenLimit = int.MaxValue,
        TokensPerPeriod = int.MaxValue,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        AutoReplenishment = true,
    };
}
