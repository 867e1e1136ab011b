namespace EdgeProxy.Lanes;

/// <summary>Something handed to the loop.</summary>
internal abstract class LaneMail
{
    /// <summary>Chain of the mailbox.</summary>
    public LaneMail? NextMail;
}
