namespace EdgeProxy.Redis;

/// <summary>How a command ended, and whether it may be sent again.</summary>
internal enum RedisOutcome
{
    /// <summary>Answered. The reply is in the command.</summary>
    Ok,

    /// <summary>The server refused: its text is in the command. Not executed, except for a script that failed half-way.</summary>
    ServerError,

    /// <summary>Written, and not answered in time: it may have been executed or still be. A repetition must be harmless.</summary>
    TimedOut,

    /// <summary>Never written: no connection in time. A repetition is safe.</summary>
    NotSent,

    /// <summary>Written, then the connection broke: it may have been executed. A repetition must be harmless.</summary>
    Unknown,

    /// <summary>Too many commands or bytes wait already (Limits.RedisPendingMax), or the command is too large. Never written.</summary>
    Full,

    /// <summary>Its keys lie in different slots of the cluster: a bug of the caller, who must use hash tags. Never written.</summary>
    CrossSlot,
}
