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

    /// <summary>A record that was away is at hand, or could not be brought. Without a queue: it is wanted for its age only.</summary>
    Brought,

    /// <summary>The share of the process' bounds that this loop has is another now.</summary>
    Share,

    /// <summary>The flush loop wants the state.</summary>
    Capture,

    /// <summary>The process stops.</summary>
    Stop,
}
