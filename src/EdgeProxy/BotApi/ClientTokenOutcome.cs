namespace EdgeProxy.BotApi;

/// <summary>How an issue or a revocation ended.</summary>
internal enum ClientTokenOutcome : byte
{
    /// <summary>On disk.</summary>
    Done,

    /// <summary>The bot has another token of that name.</summary>
    NameTaken,

    /// <summary>Limits.ClientTokensMax is reached.</summary>
    Full,

    /// <summary>The bot has no such token.</summary>
    NotFound,

    /// <summary>The table cannot be written. A revoked token is refused by this process already; asking again is safe.</summary>
    Unavailable,
}
