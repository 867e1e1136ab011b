namespace EdgeProxy.Simulator.Telegram;

/// <summary>A token bucket. Not thread-safe: its owner holds the lock.</summary>
internal sealed class TokenBucket(double capacity, double perSecond, TimeProvider clock)
{
    private readonly double _capacity = capacity;
    private double _tokens = capacity;
    private long _refilledAt = clock.GetTimestamp();

    /// <summary>
    /// Seconds until <paramref name="weight"/> fits; 0 when it fits now. A weight above the capacity needs a full bucket.
    /// </summary>
    public double WaitS(int weight)
    {
        long now = clock.GetTimestamp();
        _tokens = Math.Min(_capacity, _tokens + clock.GetElapsedTime(_refilledAt, now).TotalSeconds * perSecond);
        _refilledAt = now;
        double missing = Math.Min(weight, _capacity) - _tokens;
        return missing <= 1e-9 ? 0 : missing / perSecond;
    }

    /// <summary>Takes the weight; a heavy one leaves a debt that later calls wait for.</summary>
    public void Take(int weight) => _tokens -= weight;
}
