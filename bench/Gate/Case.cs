namespace EdgeProxy.Bench.Gate;

/// <summary>An operation that EdgeProxy does in its way, which is the first variant, and its peers in theirs.</summary>
internal sealed record Case(string Group, string Name, params Variant[] Variants)
{
    /// <summary>Waits for the disk and uses other threads: CPU time and allocation are the whole process's, and the time on the wall's clock counts too.</summary>
    public bool IsDisk { get; init; }

    /// <summary>Operations come in multiples of this.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Bytes that one operation reads or writes; 0 when that says nothing.</summary>
    public int Bytes { get; init; }
}
