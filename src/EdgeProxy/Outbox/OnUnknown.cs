namespace EdgeProxy.Outbox;

/// <summary>What to do when nobody knows whether a message was sent.</summary>
internal enum OnUnknown : byte
{
    /// <summary>Keep it as unknown until somebody decides.</summary>
    Hold = 0,

    /// <summary>Send it again: rather twice than never.</summary>
    Resend = 1,
}
