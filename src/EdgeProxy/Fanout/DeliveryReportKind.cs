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

    /// <summary>
    /// An attempt was acknowledged, and its reply is a method call that still runs: the record is done, the key not yet free.
    /// </summary>
    Acknowledged,

    /// <summary>That method call ended; the key is free.</summary>
    Released,

    /// <summary>The flush loop wants the state.</summary>
    Capture,

    /// <summary>The process stops.</summary>
    Stop,
}
