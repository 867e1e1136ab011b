using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>
/// What the lanes need of a call, gathered field by field in whatever order they come. A doubled field: the first one counts, and a query string
/// comes before the body, as in Telegram's own server (tdlib/telegram-bot-api Query.h, find_if over the arguments in order of arrival).
/// </summary>
internal struct CallFields
{
    private bool _chatSeen;
    private bool _inlineSeen;
    private bool _countSeen;
    private bool _paidSeen;
    private int _count;

    /// <summary>chat_id; of an edit without one its inline_message_id.</summary>
    public ChatTarget Chat { get; private set; }

    /// <summary>At least 1, at most Limits.CallWeightMax.</summary>
    public readonly int Weight => Math.Clamp(_count, 1, Limits.CallWeightMax);

    /// <summary>allow_paid_broadcast is true.</summary>
    public bool Paid { get; private set; }

    /// <summary>Whether a field of that name would be looked at: the values of all others need not be decoded.</summary>
    public static bool Wants(ApiMethod method, ReadOnlySpan<byte> name) =>
        name.SequenceEqual("chat_id"u8) || name.SequenceEqual("allow_paid_broadcast"u8)
        || (!method.CountField.IsEmpty && name.SequenceEqual(method.CountField))
        || (method.Kind == MethodKind.Edit && name.SequenceEqual("inline_message_id"u8));

    /// <summary>Looks at one field: its name and its value as text (a form's or multipart's, decoded; of JSON a string's text or the raw value).</summary>
    public void Take(ApiMethod method, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("chat_id"u8))
        {
            // An empty chat_id is none: only then does Telegram look at inline_message_id.
            if (_chatSeen) return;
            _chatSeen = true;
            if (!value.IsEmpty) Chat = ParseChat(value);
        }
        else if (name.SequenceEqual("allow_paid_broadcast"u8))
        {
            if (_paidSeen) return;
            _paidSeen = true;
            Paid = Ascii.EqualsIgnoreCase(value, "true"u8) || Ascii.EqualsIgnoreCase(value, "yes"u8) || value.SequenceEqual("1"u8);
        }
        else if (!method.CountField.IsEmpty && name.SequenceEqual(method.CountField))
        {
            if (_countSeen) return;
            _countSeen = true;
            JsonScan scan = new(value);
            if (scan.ReadArrayCount(out int count) && !scan.Failed) _count = count;
        }
        else if (method.Kind == MethodKind.Edit && name.SequenceEqual("inline_message_id"u8))
        {
            if (_inlineSeen || !Chat.IsNone) return;
            _inlineSeen = true;
            if (value.Length is > 0 and <= Limits.ChatNameBytesMax) Chat = new ChatTarget(0, "inline:" + Encoding.UTF8.GetString(value));
        }
    }

    /// <summary>
    /// Nothing that could still come would change the lane or the weight: a stream need not be read further. allow_paid_broadcast is not waited
    /// for: behind a file it comes too late, and such a call uses the free budget. For a free method it says nothing about Chat: whoever needs the
    /// chat of one looks at <see cref="Chat"/>.
    /// </summary>
    public readonly bool IsComplete(ApiMethod method) =>
        method.Kind == MethodKind.Free || (!Chat.IsNone && (method.CountField.IsEmpty || _countSeen));

    private static ChatTarget ParseChat(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        if (value.Length > Limits.ChatNameBytesMax) return default;
        if (value.Length > 1 && value[0] == '@')
        {
            return new ChatTarget(0, Encoding.UTF8.GetString(value).ToLowerInvariant());
        }

        // A number as Telegram's server reads it (tdlib, tdutils/misc.h, to_integer): a minus and digits; what stands behind them is not looked at,
        // and what does not fit wraps. Read more strictly here, "5.0" would go past the budget of chat 5.
        bool isNegative = !value.IsEmpty && value[0] == '-';
        long id = 0;
        foreach (byte digit in isNegative ? value[1..] : value)
        {
            if (!char.IsAsciiDigit((char)digit)) break;
            id = unchecked((id * 10) + digit - '0');
        }

        return new ChatTarget(isNegative ? unchecked(-id) : id, null);
    }
}
