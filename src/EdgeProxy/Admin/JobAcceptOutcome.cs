namespace EdgeProxy.Admin;

/// <summary>What became of a request for a job.</summary>
internal enum JobAcceptOutcome
{
    /// <summary>On disk; it will be done.</summary>
    Accepted,

    /// <summary>The same request came before under this key.</summary>
    Repeated,

    /// <summary>Another request came before under this key. Nothing was stored.</summary>
    Conflict,

    /// <summary>The account has too many open jobs. Nothing was stored; try later.</summary>
    Full,

    /// <summary>The disk does not take writes. Nothing was stored; the same request again is safe.</summary>
    Unavailable,
}
