namespace EdgeProxy.Simulator.Delivery;

/// <summary>What became of a new update.</summary>
internal enum EnqueueOutcome
{
    Queued,

    /// <summary>allowed_updates does not name its kind.</summary>
    Filtered,

    /// <summary>Too many updates wait already; this one is dropped, as Telegram does.</summary>
    Full,

    /// <summary>An update with that id waits already.</summary>
    Known,
}
