namespace EdgeProxy.Outbox;

/// <summary>Where a broadcast stands. Stored as a number.</summary>
internal enum BroadcastState : byte
{
    /// <summary>Recipients are still coming in; nothing is sent. One that never completes is dropped by retention.</summary>
    Loading = 0,
    Running = 1,
    Paused = 2,

    /// <summary>Final: what was queued is cancelled.</summary>
    Cancelled = 3,

    /// <summary>Final: every recipient has a final state.</summary>
    Done = 4,
}
