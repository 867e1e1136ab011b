namespace EdgeProxy.FakeDc.Tl;

/// <summary>
/// One object of any constructor. Values are int, long, double, string, byte[], bool, <see cref="TlObject"/> and lists of these; an optional
/// field that is not there is null. Made by <c>new TlObject("peerUser") { ["user_id"] = 1L }</c>.
/// </summary>
internal sealed class TlObject(string name)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public string Name => name;

    public object? this[string field]
    {
        get => _values.GetValueOrDefault(field);
        set => _values[field] = value;
    }

    public bool Has(string field) => _values.GetValueOrDefault(field) is not null and not false;

    public int Int(string field) => this[field] is int value ? value : 0;

    public long Long(string field) => this[field] is long value ? value : 0;

    public string Text(string field) => this[field] as string ?? "";

    public bool Bool(string field) => this[field] is true;

    public byte[] Bytes(string field) => this[field] as byte[] ?? [];

    /// <exception cref="TlException">It is not there.</exception>
    public TlObject Object(string field) => this[field] as TlObject ?? throw new TlException($"{name} has no {field}");

    public TlObject? Maybe(string field) => this[field] as TlObject;

    public IReadOnlyList<object> List(string field) => this[field] as List<object> ?? [];

    public override string ToString() => name;
}
