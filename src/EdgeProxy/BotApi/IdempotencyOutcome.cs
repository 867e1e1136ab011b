namespace EdgeProxy.BotApi;

/// <summary>What is known of an Idempotency-Key when a call comes with it.</summary>
internal enum IdempotencyOutcome : byte
{
    /// <summary>Nobody has used it: send. The ticket must be completed exactly once, whatever happens.</summary>
    Fresh,

    /// <summary>The same call was answered: give that answer, send nothing.</summary>
    Answered,

    /// <summary>The same call is under way, in this process or another that lives: await its end.</summary>
    InFlight,

    /// <summary>Another call was made with this key: 409, send nothing.</summary>
    Conflict,

    /// <summary>The same call left us and nobody knows its end (a crash, or no answer came): 504 as for Unknown, send nothing.</summary>
    Doubtful,

    /// <summary>The table cannot be read or written: 503, send nothing. Asking again is safe.</summary>
    Unavailable,

    /// <summary>A bound of Limits is reached, of keys remembered or of calls under way: 503, send nothing. Asking again is safe.</summary>
    Full,
}
