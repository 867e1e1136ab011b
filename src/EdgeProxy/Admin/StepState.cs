namespace EdgeProxy.Admin;

/// <summary>Where a step stands. Stored by number.</summary>
internal enum StepState
{
    Waiting,

    /// <summary>Its call may have left us. After a crash it is settled before anything else is done.</summary>
    Begun,

    Done,
    Failed,

    /// <summary>Not tried: a step that it needs failed.</summary>
    Skipped,

    /// <summary>Not tried: the job was withdrawn.</summary>
    Cancelled,
}
