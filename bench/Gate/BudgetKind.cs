namespace EdgeProxy.Bench.Gate;

internal enum BudgetKind : byte
{
    /// <summary>Allocated by an operation.</summary>
    Bytes,

    /// <summary>CPU time of an operation; for bounds so wide that the machine does not matter.</summary>
    CpuMicroseconds,

    /// <summary>EdgeProxy's CPU time over the peer's, in the same run.</summary>
    CpuRatio,

    /// <summary>The same of the wall's clock.</summary>
    WallRatio,
}
