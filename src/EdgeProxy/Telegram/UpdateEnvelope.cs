using System.Buffers.Text;

namespace EdgeProxy.Telegram;

/// <summary>
/// What EdgeProxy knows of an update without understanding it: read in one pass over the bytes, without allocation.
/// Fields that the update does not have are 0, and so are ids that are not integers of 64 bits.
/// Doubled keys: the last one wins, as in most JSON readers; only of two different kinds the first counts. A kind is a key whose
/// value is an object. Keys written with escapes are not recognised (Telegram writes none). Nested messages (reply_to_message,
/// pinned_message, …) never leak into the envelope; the message under a callback_query is the one exception.
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

    /// <summary>
    /// Where the leading bot command stands in the body: offset of the slash, bytes. Length 0 when there is none;
    /// "/start@my_bot x" has length 6.
    /// </summary>
    public int CommandOffset;
    public int CommandLength;

    /// <summary>Scans <paramref name="body"/> once and validates it to its last byte. Never throws.</summary>
    public static EnvelopeOutcome TryRead(ReadOnlySpan<byte> body, out UpdateEnvelope envelope)
    {
        envelope = default;
        if (body.IsEmpty) return EnvelopeOutcome.Empty;

        JsonScan scan = new(body);
        Payload payload = default;
        UpdateKind kind = UpdateKind.Unknown;
        long updateId = 0;
        bool hasUpdateId = false;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("update_id"u8))
            {
                hasUpdateId = scan.ReadInt64(out updateId);
            }
            else if (scan.Peek() != '{')
            {
                scan.SkipValue();
            }
            else
            {
                bool known = UpdateKinds.TryParse(key, out UpdateKind found);
                bool wanted = known ? kind == UpdateKind.Unknown || kind == found : kind == UpdateKind.Unknown;
                if (!wanted)
                {
                    scan.SkipValue();
                    continue;
                }

                kind = found;
                payload = default;
                ReadPayload(ref scan, kind, ref payload);
            }
        }

        scan.ExpectEnd();
        if (scan.Failed) return EnvelopeOutcome.InvalidJson;
        if (!hasUpdateId) return EnvelopeOutcome.NoUpdateId;
        payload.Fill(ref envelope, updateId, kind);
        return EnvelopeOutcome.Ok;
    }

    private static void ReadPayload(ref JsonScan scan, UpdateKind kind, ref Payload payload)
    {
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            // The first byte alone sends most keys away; the rest are compared whole.
            switch (key.IsEmpty ? (byte)0 : key[0])
            {
                case (byte)'m' when key.SequenceEqual("message_id"u8):
                    scan.ReadInt64(out payload.MessageId);
                    break;
                case (byte)'m' when key.SequenceEqual("message_thread_id"u8):
                    scan.ReadInt64(out payload.ThreadId);
                    break;
                case (byte)'m' when kind == UpdateKind.CallbackQuery && key.SequenceEqual("message"u8):
                    ReadCallbackMessage(ref scan, ref payload);
                    break;
                case (byte)'f' when key.SequenceEqual("from"u8):
                    payload.From = ReadIdAndType(ref scan, out _);
                    break;
                case (byte)'u' when key.SequenceEqual("user"u8):
                    payload.User = ReadIdAndType(ref scan, out _);
                    break;
                case (byte)'s' when key.SequenceEqual("sender_chat"u8):
                case (byte)'a' when key.SequenceEqual("actor_chat"u8):
                case (byte)'v' when key.SequenceEqual("voter_chat"u8):
                    payload.SenderChat = ReadIdAndType(ref scan, out _);
                    break;
                case (byte)'c' when key.SequenceEqual("chat"u8):
                    payload.Chat = ReadIdAndType(ref scan, out payload.ChatType);
                    break;
                case (byte)'c' when kind == UpdateKind.InlineQuery && key.SequenceEqual("chat_type"u8):
                    payload.ChatType = ReadChatType(ref scan);
                    break;
                case (byte)'d' when key.SequenceEqual("date"u8):
                    scan.ReadInt64(out payload.DateUnixS);
                    break;
                case (byte)'t' when IsMessage(kind) && key.SequenceEqual("text"u8):
                case (byte)'c' when IsMessage(kind) && key.SequenceEqual("caption"u8):
                    ReadCommand(ref scan, ref payload);
                    break;
                case (byte)'i' when kind == UpdateKind.Poll && key.SequenceEqual("id"u8):
                    payload.Poll = ReadPollId(ref scan, out payload.HasPoll);
                    break;
                default:
                    scan.SkipValue();
                    break;
            }
        }
    }

    // The message a button hangs on: its place belongs to the callback; its sender, date and text are the bot's own and do not.
    private static void ReadCallbackMessage(ref JsonScan scan, ref Payload payload)
    {
        payload.Chat = payload.ThreadId = payload.MessageId = 0;
        payload.ChatType = ChatType.None;
        if (scan.Peek() != '{')
        {
            scan.SkipValue();
            return;
        }

        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("chat"u8)) payload.Chat = ReadIdAndType(ref scan, out payload.ChatType);
            else if (key.SequenceEqual("message_thread_id"u8)) scan.ReadInt64(out payload.ThreadId);
            else if (key.SequenceEqual("message_id"u8)) scan.ReadInt64(out payload.MessageId);
            else scan.SkipValue();
        }
    }

    // A Chat or User object: its id and, for chats, its type. Any other value is skipped and gives 0.
    private static long ReadIdAndType(ref JsonScan scan, out ChatType type)
    {
        long id = 0;
        type = ChatType.None;
        if (scan.Peek() != '{')
        {
            scan.SkipValue();
            return 0;
        }

        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("id"u8)) scan.ReadInt64(out id);
            else if (key.SequenceEqual("type"u8)) type = ReadChatType(ref scan);
            else scan.SkipValue();
        }

        return id;
    }

    private static ChatType ReadChatType(ref JsonScan scan)
    {
        if (scan.Peek() != '"')
        {
            scan.SkipValue();
            return ChatType.None;
        }

        ReadOnlySpan<byte> text = scan.ReadString(out _);
        if (text.SequenceEqual("private"u8)) return ChatType.Private;
        if (text.SequenceEqual("supergroup"u8)) return ChatType.Supergroup;
        if (text.SequenceEqual("group"u8)) return ChatType.Group;
        if (text.SequenceEqual("channel"u8)) return ChatType.Channel;
        return text.SequenceEqual("sender"u8) ? ChatType.Sender : ChatType.None;
    }

    // Poll ids are decimal strings today. Another text becomes FNV-1a of its raw bytes: stable across restarts, good enough for a queue.
    private static long ReadPollId(ref JsonScan scan, out bool found)
    {
        found = true;
        if (scan.Peek() != '"')
        {
            found = scan.ReadInt64(out long number);
            return number;
        }

        ReadOnlySpan<byte> text = scan.ReadString(out _);
        if (Utf8Parser.TryParse(text, out long id, out int consumed) && consumed == text.Length) return id;
        ulong hash = 14695981039346656037;
        foreach (byte value in text) hash = (hash ^ value) * 1099511628211;
        return (long)hash;
    }

    private static void ReadCommand(ref JsonScan scan, ref Payload payload)
    {
        payload.CommandOffset = payload.CommandLength = 0;
        if (scan.Peek() != '"')
        {
            scan.SkipValue();
            return;
        }

        ReadOnlySpan<byte> text = scan.ReadString(out int offset);
        int length = CommandLengthOf(text);
        if (length == 0) return;
        payload.CommandOffset = offset;
        payload.CommandLength = length;
    }

    // Bytes of the leading "/name" in a raw JSON string, 0 when there is none. Telegram's own rule: the name must not run on into a letter
    // or into one of / < > ("/etc/hosts" is no command).
    // Behind it an escape may only be one of the short ones, since \uXXXX may be a letter.
    private static int CommandLengthOf(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '/') return 0;
        int end = 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit((char)text[end]) || text[end] == '_')) end++;
        if (end == 1 || end > Primitives.Limits.CommandBytesMax) return 0;
        if (end == text.Length) return end;
        return text[end] switch
        {
            (byte)'/' or (byte)'<' or (byte)'>' or >= 0x80 => 0,
            (byte)'\\' => text[end + 1] is (byte)'u' or (byte)'/' ? 0 : end,
            _ => end,
        };
    }

    private static bool IsMessage(UpdateKind kind) => kind is UpdateKind.Message or UpdateKind.EditedMessage or UpdateKind.ChannelPost
        or UpdateKind.EditedChannelPost or UpdateKind.BusinessMessage or UpdateKind.EditedBusinessMessage or UpdateKind.GuestMessage;

    // What was seen inside the kind's object; turned into the envelope only when the whole body proved valid.
    private struct Payload
    {
        public long Chat;
        public ChatType ChatType;
        public long ThreadId;
        public long From;
        public long User;
        public long SenderChat;
        public long DateUnixS;
        public long MessageId;
        public long Poll;
        public bool HasPoll;
        public int CommandOffset;
        public int CommandLength;

        public readonly void Fill(ref UpdateEnvelope envelope, long updateId, UpdateKind kind)
        {
            envelope.UpdateId = updateId;
            envelope.Kind = kind;
            envelope.ChatId = Chat;
            envelope.ChatType = ChatType;
            envelope.ThreadId = ThreadId;
            envelope.SenderId = Sender;
            envelope.DateUnixS = DateUnixS;
            envelope.MessageId = MessageId;
            envelope.CommandOffset = CommandOffset;
            envelope.CommandLength = CommandLength;
            envelope.Key = KeyOf(updateId, kind);
        }

        private readonly long Sender => From != 0 ? From : User != 0 ? User : SenderChat;

        // Source: TELEGRAM-FACTS "Order is per queue key" [TBA]. Messages of all sorts, and unknown kinds, share the chat's queue.
        private readonly QueueKey KeyOf(long updateId, UpdateKind kind)
        {
            QueueKey alone = new(QueueScope.Update, kind, updateId);
            switch (kind)
            {
                case UpdateKind.Unknown or UpdateKind.DeletedBusinessMessages:
                case UpdateKind when IsMessage(kind):
                    return Chat != 0 ? new(QueueScope.Chat, UpdateKind.Unknown, Chat) : alone;
                case UpdateKind.Poll:
                    return HasPoll ? new(QueueScope.Poll, UpdateKind.Unknown, Poll) : alone;
                case UpdateKind.MyChatMember or UpdateKind.MessageReaction or UpdateKind.MessageReactionCount:
                case UpdateKind.ChatBoost or UpdateKind.RemovedChatBoost:
                    return Chat != 0 ? new(QueueScope.Chat, kind, Chat) : alone;
                case UpdateKind.CallbackQuery or UpdateKind.InlineQuery or UpdateKind.ChosenInlineResult or UpdateKind.ChatMember:
                case UpdateKind.ChatJoinRequest or UpdateKind.ShippingQuery or UpdateKind.PreCheckoutQuery or UpdateKind.PurchasedPaidMedia:
                case UpdateKind.PollAnswer:
                    return Sender != 0 ? new(QueueScope.User, kind, Sender) : alone;
                default:
                    // business_connection, managed_bot, subscription, stopped_message_generation
                    if (Sender != 0) return new(QueueScope.User, kind, Sender);
                    return Chat != 0 ? new(QueueScope.Chat, kind, Chat) : alone;
            }
        }
    }
}
