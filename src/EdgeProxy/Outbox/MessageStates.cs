namespace EdgeProxy.Outbox;

/// <summary>What the states mean to the engine.</summary>
internal static class MessageStates
{
    public const int Count = 8;

    /// <summary>Nothing happens to it by itself any more.</summary>
    public static bool IsFinal(MessageState state) => state >= MessageState.Sent;

    /// <summary>Final, not sent, and no doubt about that: it may be tried again.</summary>
    public static bool CanRetry(MessageState state) =>
        state is MessageState.Failed or MessageState.Cancelled or MessageState.Expired or MessageState.Suppressed;
}
