namespace EdgeProxy.FakeDc.Control;

/// <summary>How often each method was called, each error was answered, and what was asked for that is not here.</summary>
internal sealed class CallCounters
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _errors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _unknown = new(StringComparer.Ordinal);

    public void Count(string method) => Add(_calls, method);

    public void CountError(string error) => Add(_errors, error);

    public void CountUnknown(string what) => Add(_unknown, what);

    /// <summary>Copies, for JSON.</summary>
    public object Read()
    {
        lock (_gate)
        {
            return new
            {
                calls = new SortedDictionary<string, int>(_calls),
                errors = new SortedDictionary<string, int>(_errors),
                unknown = new SortedDictionary<string, int>(_unknown),
            };
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _calls.Clear();
            _errors.Clear();
            _unknown.Clear();
        }
    }

    private void Add(SortedDictionary<string, int> to, string name)
    {
        lock (_gate)
            to[name] = to.GetValueOrDefault(name) + 1;
    }
}
