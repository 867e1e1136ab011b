namespace EdgeProxy.Telegram;

/// <summary>One call on its way to Telegram, with what the lanes need to know of it.</summary>
internal sealed record OutgoingCall
{
    public required ApiMethod Method { get; init; }
    public required CallBody Body { get; init; }
    public ChatTarget Chat { get; init; }

    /// <summary>Messages it counts as: the items of an album, the ids of copyMessages and forwardMessages; otherwise 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>allow_paid_broadcast is true: it may use the paid tier.</summary>
    public bool Paid { get; init; }

    /// <summary>Goes to /bot&lt;token&gt;/test/&lt;method&gt;.</summary>
    public bool TestEnvironment { get; init; }

    /// <summary>
    /// Asked when the connection stands and the first byte is about to leave; false leaves the call unsent. For a sender that may have been stopped
    /// meanwhile, and lost the right to send. Null asks nobody. Must not throw.
    /// </summary>
    public Func<bool>? MayLeave { get; init; }
}
