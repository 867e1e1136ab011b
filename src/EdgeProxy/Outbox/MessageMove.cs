namespace EdgeProxy.Outbox;

/// <summary>What may become of a message: the rules that both engines keep.</summary>
internal static class MessageMove
{
    /// <summary>
    /// The change that is written where another was wanted. One that was sent again after a doubt and then ends unsent is unknown: the earlier attempt
    /// may have arrived.
    /// </summary>
    /// <param name="row">The message before it.</param>
    /// <param name="wanted">The state it is to have.</param>
    /// <param name="isDoubt">It is to be marked with OutboxSchema.FlagDoubt.</param>
    public static MessageChange Settle(in MessageRow row, in MessageChange wanted, out bool isDoubt)
    {
        isDoubt = wanted.Kind is HistoryKind.Unknown or HistoryKind.Recovered || row.Has(OutboxSchema.FlagDoubt);
        bool isUnsent = wanted.To is MessageState.Failed or MessageState.Cancelled or MessageState.Expired or MessageState.Suppressed;
        return isDoubt && isUnsent && row.State != MessageState.Unknown ? wanted with { To = MessageState.Unknown } : wanted;
    }

    /// <summary>An earlier owner left it as sending: unknown, or queued where it may be resent.</summary>
    public static MessageChange Recovered(in MessageRow row)
    {
        bool isResent = row.Has(OutboxSchema.FlagResend);
        // When it began tells where in the chat to look for it.
        string error = "the process ended while it was sent, begun " + TimeField.Text(row.UpdatedUnixMs);
        return new MessageChange(isResent ? MessageState.Queued : MessageState.Unknown, HistoryKind.Recovered)
        {
            Error = isResent ? error + "; it is sent again" : error,
        };
    }

    /// <summary>What a decision does; null when the state does not allow it. Delete is no change of state.</summary>
    public static MessageChange? Of(MessageDecision decision, in MessageRow row) => decision switch
    {
        MessageDecision.Cancel when row.State == MessageState.Queued => new MessageChange(MessageState.Cancelled, HistoryKind.Cancelled),
        MessageDecision.Retry when MessageStates.CanRetry(row.State) => new MessageChange(MessageState.Queued, HistoryKind.Retried),
        MessageDecision.ResolveSent when row.State == MessageState.Unknown => new MessageChange(MessageState.Sent, HistoryKind.Resolved),
        MessageDecision.ResolveResend when row.State == MessageState.Unknown => new MessageChange(MessageState.Queued, HistoryKind.Resolved),
        MessageDecision.ResolveDrop when row.State == MessageState.Unknown =>
            new MessageChange(MessageState.Failed, HistoryKind.Resolved) { ErrorCode = row.ErrorCode, Error = row.Error },
        _ => null,
    };

    /// <summary>The state a command leads a broadcast to; null when its state does not allow it.</summary>
    public static BroadcastState? Of(BroadcastCommand command, BroadcastState state) => (command, state) switch
    {
        (BroadcastCommand.Start, BroadcastState.Loading) => BroadcastState.Running,
        (BroadcastCommand.StartPaused, BroadcastState.Loading) => BroadcastState.Paused,
        (BroadcastCommand.Pause, BroadcastState.Running) => BroadcastState.Paused,
        (BroadcastCommand.Resume, BroadcastState.Paused) => BroadcastState.Running,
        (BroadcastCommand.Cancel, < BroadcastState.Cancelled) => BroadcastState.Cancelled,
        (BroadcastCommand.Abandon, BroadcastState.Loading) => BroadcastState.Cancelled,
        _ => null,
    };
}
