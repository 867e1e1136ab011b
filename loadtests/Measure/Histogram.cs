using System.Numerics;

namespace EdgeProxy.LoadTests.Measure;

/// <summary>
/// Counts of durations in log-linear buckets: every power of two is cut into 128, so that a bucket is at most 0.8 % wide and its middle at most
/// 0.4 % off. Values are microseconds. Safe for many writers.
/// </summary>
internal sealed class Histogram
{
    private const int SubBits = 7;
    private const int SubBuckets = 1 << SubBits;

    /// <summary>2^40 µs are 12 days: nothing here runs that long. Larger values count as the largest.</summary>
    private const int ValueBits = 40;
    private const long ValueMax = (1L << ValueBits) - 1;

    private readonly long[] _counts = new long[IndexOf(ValueMax) + 1];
    private long _max;
    private long _sum;

    public long Count => _counts.Sum();
    public double MaxMs => Interlocked.Read(ref _max) / 1000.0;
    public double MeanMs => Count == 0 ? double.NaN : Interlocked.Read(ref _sum) / 1000.0 / Count;

    public void Add(TimeSpan duration) => AddUs((long)duration.TotalMicroseconds);

    public void AddUs(long microseconds)
    {
        long value = Math.Clamp(microseconds, 0, ValueMax);
        Interlocked.Increment(ref _counts[IndexOf(value)]);
        Interlocked.Add(ref _sum, value);
        long seen = Interlocked.Read(ref _max);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref _max, value, seen);
            if (before == seen) break;
            seen = before;
        }
    }

    public void Add(Histogram other)
    {
        for (int index = 0; index < _counts.Length; index++) _counts[index] += other._counts[index];
        _sum += other._sum;
        _max = Math.Max(_max, other._max);
    }

    /// <summary>The value that the given share (0–1) of all values does not exceed, milliseconds; NaN when there is none.</summary>
    public double QuantileMs(double share)
    {
        long count = Count;
        if (count == 0) return double.NaN;
        long rank = Math.Clamp((long)Math.Ceiling(share * count), 1, count);
        if (rank == count) return MaxMs;
        long seen = 0;
        int index = 0;
        while ((seen += _counts[index]) < rank) index++;
        return Math.Min(MiddleOf(index) / 1000.0, MaxMs);
    }

    /// <summary>0–255 stand for themselves; above, the top 8 bits choose the bucket within their power of two.</summary>
    internal static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBits);
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    internal static double MiddleOf(int index)
    {
        int shift = Math.Max(0, (index / SubBuckets) - 1);
        long low = (long)(index - (shift * SubBuckets)) << shift;
        return low + (((1L << shift) - 1) / 2.0);
    }
}
