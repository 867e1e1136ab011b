using System.Text;

namespace EdgeProxy.Observability;

/// <summary>
/// All series of one instrument name. Series are found without a lock in an open-addressed table; a new one is added under the lock.
/// The table grows so that at most half of it is used, and a probe always meets an empty slot.
/// </summary>
internal sealed class MetricFamily(string name, string? help, MetricKind kind, double[] bounds, int seriesMax)
{
    private readonly Lock _addLock = new();
    private MetricSeries?[] _table = new MetricSeries?[4];
    private readonly List<MetricSeries> _inOrder = [];

    public string Name { get; } = name;

    public string? Help { get; } = help;

    public MetricKind Kind { get; } = kind;

    public double[] Bounds { get; } = bounds;

    /// <summary>The series of these labels; null when the family is at its bound and the labels are new.</summary>
    public MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        return Search(Volatile.Read(ref _table), hash, tags, out _) ?? Create(hash, tags);
    }

    public MetricSeries[] Snapshot()
    {
        lock (_addLock)
        {
            return [.. _inOrder];
        }
    }

    private static MetricSeries? Search(MetricSeries?[] table, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags, out int free)
    {
        var mask = table.Length - 1;
        for (free = hash & mask; Volatile.Read(ref table[free]) is { } series; free = (free + 1) & mask)
        {
            if (series.Hash == hash && series.Matches(tags))
            {
                return series;
            }
        }
        return null;
    }

    private MetricSeries? Create(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_addLock)
        {
            if (Search(_table, hash, tags, out var free) is { } raced)
            {
                return raced;
            }
            if (_inOrder.Count >= seriesMax)
            {
                return null;
            }
            var series = new MetricSeries(hash, tags.ToArray(), Encoding.UTF8.GetBytes(ExpositionText.Labels(tags)), Bounds);
            _inOrder.Add(series);
            if (_inOrder.Count * 2 > _table.Length)
            {
                Grow();
            }
            else
            {
                Volatile.Write(ref _table[free], series);
            }
            return series;
        }
    }

    private void Grow()
    {
        var table = new MetricSeries?[_table.Length * 2];
        foreach (var series in _inOrder)
        {
            var at = series.Hash & (table.Length - 1);
            while (table[at] is not null)
            {
                at = (at + 1) & (table.Length - 1);
            }
            table[at] = series;
        }
        Volatile.Write(ref _table, table);
    }

    /// <summary>A sum, so that the order of the labels does not matter.</summary>
    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = 0;
        foreach (var tag in tags)
        {
            hash += HashCode.Combine(tag.Key, tag.Value);
        }
        return hash;
    }
}
