namespace EdgeProxy.Bots;

/// <summary>What a key of EdgeProxy's own API may do.</summary>
[Flags]
internal enum ApiScope : byte
{
    None = 0,

    /// <summary>Post messages and broadcasts.</summary>
    Send = 1,

    /// <summary>Look up messages, broadcasts and their history.</summary>
    Read = 2,

    /// <summary>Decide about messages of others, issue and revoke client tokens, administer.</summary>
    Admin = 4,
}
