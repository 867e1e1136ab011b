namespace EdgeProxy.Outbox;

/// <summary>What can be done to a broadcast.</summary>
internal enum BroadcastCommand : byte
{
    /// <summary>loading → running: all recipients are in.</summary>
    Start,

    /// <summary>loading → paused: all recipients are in, and nothing goes until it is resumed.</summary>
    StartPaused,

    /// <summary>running → paused: what is in flight ends, nothing new begins.</summary>
    Pause,

    /// <summary>paused → running, where it stopped.</summary>
    Resume,

    /// <summary>Not final → cancelled.</summary>
    Cancel,
}
