namespace EdgeProxy.Fanout;

/// <summary>Why a loop is woken.</summary>
internal enum DeliveryReportKind : byte
{
    /// <summary>The journal has grown beyond the read position.</summary>
    More,

    /// <summary>A retry is due.</summary>
    Timer,

    /// <summary>An attempt ended; the key is free.</summary>
    Finished,

    /// <summary>A method call from a reply ended.</summary>
    CallEnded,

    /// <summary>The flush loop wants the state.</summary>
    Capture,

    /// <summary>The process stops.</summary>
    Stop,
}
