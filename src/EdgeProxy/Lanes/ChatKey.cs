namespace EdgeProxy.Lanes;

/// <summary>A chat of a bot.</summary>
/// <param name="Bot">The bot's id.</param>
/// <param name="Chat">The signed Bot API id.</param>
internal readonly record struct ChatKey(long Bot, long Chat)
{
    /// <summary>Mixes both numbers over 64 bits (the finalizer of SplitMix64), so that near ids lie far apart.</summary>
    public ulong Hash()
    {
        ulong mixed = unchecked(((ulong)Bot * 0x9E3779B97F4A7C15) ^ (ulong)Chat);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return mixed ^ (mixed >> 31);
    }
}
