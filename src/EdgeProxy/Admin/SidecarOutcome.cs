namespace EdgeProxy.Admin;

/// <summary>What became of one call of the MTProto process, and whether it may be made again.</summary>
internal enum SidecarOutcome
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Not done, and the same call would be refused again.</summary>
    Refused,

    /// <summary>Not done: Telegram or the account's pace asks for a wait. Safe to repeat after it.</summary>
    FloodWait,

    /// <summary>Not done: the process or Telegram could not be reached. Safe to repeat.</summary>
    NotSent,

    /// <summary>It may have been done. Look before repeating what is not repeatable.</summary>
    Unknown,
}
