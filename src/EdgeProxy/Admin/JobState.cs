namespace EdgeProxy.Admin;

/// <summary>Where a job stands. Stored by number. What is below <see cref="Done"/> is open.</summary>
internal enum JobState
{
    /// <summary>Waits for its turn.</summary>
    Queued,

    /// <summary>Steps are being made.</summary>
    Running,

    /// <summary>Waits until retry_at: Telegram asked for it, or a call failed.</summary>
    Waiting,

    /// <summary>Waits for the bytes of its file.</summary>
    Receiving,

    /// <summary>Every step is done.</summary>
    Done,

    /// <summary>Some steps are done and some failed.</summary>
    Partial,

    /// <summary>No step is done, or one that the others need failed.</summary>
    Failed,

    /// <summary>Withdrawn; what was done before stays done.</summary>
    Cancelled,
}
