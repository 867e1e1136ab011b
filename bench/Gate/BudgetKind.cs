namespace EdgeProxy.Bench.Gate;

internal enum BudgetKind : byte
{
    /// <summary>Allocated by an operation.</summary>
    Bytes,

    /// <summary>Time of an operation; for bounds so wide that the machine does not matter.</summary>
    Microseconds,

    /// <summary>EdgeProxy's time over the peer's, in the same run.</summary>
    Ratio,
}
