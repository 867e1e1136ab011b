namespace EdgeProxy.Simulator.Control;

/// <summary>The faults that are armed. Thread-safe.</summary>
internal sealed class FaultTable(int seed, SimStats stats)
{
    private const int RulesMax = 1000;

    private readonly Lock _gate = new();
    private readonly List<FaultRule> _rules = [];
    private readonly Random _random = new(seed);
    private volatile int _armed;

    /// <summary>False when there are too many already.</summary>
    public bool Add(FaultRule rule)
    {
        lock (_gate)
        {
            if (_rules.Count >= RulesMax)
            {
                return false;
            }

            _rules.Add(rule);
            _armed = _rules.Count;
            return true;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _rules.Clear();
            _armed = 0;
        }
    }

    /// <summary>The first armed fault of that kind which matches, used up by one; null when there is none.</summary>
    /// <param name="kind">What goes wrong.</param>
    /// <param name="botId">Bot of the call.</param>
    /// <param name="method">Method of the call.</param>
    /// <param name="chatId">Chat of the call; 0 when it has none or was not read yet.</param>
    /// <param name="namesChat">Only faults that name a chat: the others had their chance before the call was read.</param>
    public FaultRule? Take(FaultKind kind, long botId, string method, long chatId, bool namesChat = false)
    {
        // Asked several times in every call: without faults it must cost nothing.
        if (_armed == 0)
        {
            return null;
        }

        lock (_gate)
        {
            for (int i = 0; i < _rules.Count; i++)
            {
                FaultRule rule = _rules[i];
                if (rule.Kind != kind || (namesChat && rule.ChatId is null) || !Matches(rule, botId, method, chatId)
                    || _random.NextDouble() >= rule.Probability)
                {
                    continue;
                }

                stats.Fault();
                if (rule.Count is { } left && (rule.Count = left - 1) <= 0)
                {
                    _rules.RemoveAt(i);
                    _armed = _rules.Count;
                }

                return rule;
            }

            return null;
        }
    }

    private static bool Matches(FaultRule rule, long botId, string method, long chatId) =>
        (rule.BotId is null || rule.BotId == botId)
        && (rule.Method is null || rule.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
        && (rule.ChatId is null || rule.ChatId == chatId);
}
