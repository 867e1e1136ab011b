namespace EdgeProxy.Lanes;

/// <summary>Who goes first when the bot's budget does not do for all. Within a chat too, the higher one goes first.</summary>
internal enum LanePriority : byte
{
    /// <summary>A reply to a chat that wrote in the last minutes; bulk never holds it back.</summary>
    Interactive,
    Normal,

    /// <summary>Broadcasts. They use what the others leave, and a guaranteed small share.</summary>
    Bulk,
}
