namespace EdgeProxy.FakeDc.Control;

/// <summary>The faults that wait for their calls, oldest first.</summary>
internal sealed class FaultTable
{
    private readonly Lock _gate = new();
    private readonly List<(FaultRule Rule, int[] Seen)> _rules = [];

    public int Waiting
    {
        get
        {
            lock (_gate)
                return _rules.Count;
        }
    }

    public void Add(FaultRule rule)
    {
        lock (_gate)
            _rules.Add((rule, [0]));
    }

    public void Clear()
    {
        lock (_gate)
            _rules.Clear();
    }

    /// <summary>Counts this call against every rule that it matches; the first whose turn has come is returned.</summary>
    public FaultRule? Take(string method, long peer, long user)
    {
        lock (_gate)
        {
            FaultRule? hit = null;
            foreach (var (rule, seen) in _rules)
            {
                if ((rule.Method != "*" && rule.Method != method) || (rule.Peer ?? peer) != peer || (rule.User ?? user) != user)
                    continue;
                if (++seen[0] >= rule.Nth)
                    hit ??= rule;
            }

            _rules.RemoveAll(it => it.Seen[0] >= it.Rule.Nth + it.Rule.Times - 1);
            return hit;
        }
    }
}
