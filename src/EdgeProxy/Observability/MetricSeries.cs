namespace EdgeProxy.Observability;

/// <summary>
/// One set of label values and what was measured under it. Updated by any thread with interlocked operations, nothing allocated.
/// </summary>
internal sealed class MetricSeries(int hash, KeyValuePair<string, object?>[] tags, byte[] labels, double[] bounds)
{
    private readonly KeyValuePair<string, object?>[] _tags = tags;
    private readonly double[] _bounds = bounds;
    private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private long _whole;
    private double _fraction;

    public int Hash { get; } = hash;

    /// <summary>Rendered once: a="b",c="d" with escapes, without braces.</summary>
    public byte[] Labels { get; } = labels;

    /// <summary>Reported since the scrape began; only observed instruments use it, so that a series that is gone disappears.</summary>
    public bool Observed { get; set; }

    public ReadOnlySpan<long> Buckets => _buckets;

    /// <summary>Integers are summed apart, so that a counter stays exact beyond 2^53.</summary>
    public long Whole => Interlocked.Read(ref _whole);

    public double Fraction => Volatile.Read(ref _fraction);

    public void Add(long value) => Interlocked.Add(ref _whole, value);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _fraction);
        while (true)
        {
            var now = Interlocked.CompareExchange(ref _fraction, seen + value, seen);
            // Bits, not ==: a NaN would never equal itself and spin for ever.
            if (BitConverter.DoubleToInt64Bits(now) == BitConverter.DoubleToInt64Bits(seen))
            {
                return;
            }
            seen = now;
        }
    }

    public void Set(long value) => Interlocked.Exchange(ref _whole, value);

    public void Set(double value) => Interlocked.Exchange(ref _fraction, value);

    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && !(value <= _bounds[bucket]))
        {
            bucket++;
        }
        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    /// <summary>Same labels in any order.</summary>
    public bool Matches(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _tags.Length)
        {
            return false;
        }
        foreach (var tag in tags)
        {
            if (!Holds(tag))
            {
                return false;
            }
        }
        return true;
    }

    private bool Holds(KeyValuePair<string, object?> wanted)
    {
        foreach (var tag in _tags)
        {
            if (tag.Key == wanted.Key)
            {
                return Equals(tag.Value, wanted.Value);
            }
        }
        return false;
    }
}
