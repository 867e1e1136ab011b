using System.Globalization;

namespace EdgeProxy.Telegram;

/// <summary>
/// A chat's id with its kind. Bot API form: user id, basic group −id, supergroup or channel −(10^12 + id).
/// Text form: "user:123", "group:123", "channel:123"; it round-trips for every legal id.
/// Source of the ranges: core.telegram.org/api/bots/ids and the Bot API ("at most 52 significant bits").
/// </summary>
internal readonly record struct ChatId
{
    private const long ChannelOffset = 1_000_000_000_000;
    private const long UserMax = (1L << 52) - 1;
    private const long GroupMax = ChannelOffset - 1;

    // Between the two spans of channels lie the secret chats (−2·10^12 ± 2^31), which a bot never sees.
    private const long ChannelMax = ChannelOffset - (1L << 31);
    private const long DirectChannelMin = ChannelOffset + (1L << 31) + 1;
    private const long DirectChannelMax = 3 * ChannelOffset;

    private ChatId(ChatIdKind kind, long bare)
    {
        Kind = kind;
        Bare = bare;
    }

    public ChatIdKind Kind { get; }

    /// <summary>The number without sign and offset, as MTProto writes it; above 0.</summary>
    public long Bare { get; }

    /// <summary>The signed number the Bot API uses.</summary>
    public long BotApi => Kind switch
    {
        ChatIdKind.Group => -Bare,
        ChatIdKind.Channel => -ChannelOffset - Bare,
        _ => Bare,
    };

    /// <summary>False for a number that no chat can have: 0, secret chats, or outside the ranges.</summary>
    public static bool FromBotApi(long id, out ChatId chat)
    {
        if (id > 0) return TryCreate(ChatIdKind.User, id, out chat);
        if (id >= -GroupMax) return TryCreate(ChatIdKind.Group, -id, out chat);
        if (id >= -ChannelOffset - DirectChannelMax) return TryCreate(ChatIdKind.Channel, -id - ChannelOffset, out chat);
        chat = default;
        return false;
    }

    /// <summary>The same from kind and bare number.</summary>
    public static bool TryCreate(ChatIdKind kind, long bare, out ChatId chat)
    {
        bool legal = kind switch
        {
            ChatIdKind.User => bare is > 0 and <= UserMax,
            ChatIdKind.Group => bare is > 0 and <= GroupMax,
            ChatIdKind.Channel => bare is (> 0 and <= ChannelMax) or (>= DirectChannelMin and <= DirectChannelMax),
            _ => false,
        };
        chat = legal ? new ChatId(kind, bare) : default;
        return legal;
    }

    /// <summary>Reads the text form back. Only the exact form is accepted: no sign, space, leading zero or other case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ChatId chat)
    {
        chat = default;
        int colon = text.IndexOf(':');
        if (colon < 0 || colon + 1 >= text.Length || text[colon + 1] == '0') return false;
        ChatIdKind kind = text[..colon] switch
        {
            "user" => ChatIdKind.User,
            "group" => ChatIdKind.Group,
            "channel" => ChatIdKind.Channel,
            _ => ChatIdKind.None,
        };
        return long.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long bare)
            && TryCreate(kind, bare, out chat);
    }

    /// <summary>The text form; "none" for <c>default</c>.</summary>
    public override string ToString() => Kind switch
    {
        ChatIdKind.User => string.Create(CultureInfo.InvariantCulture, $"user:{Bare}"),
        ChatIdKind.Group => string.Create(CultureInfo.InvariantCulture, $"group:{Bare}"),
        ChatIdKind.Channel => string.Create(CultureInfo.InvariantCulture, $"channel:{Bare}"),
        _ => "none",
    };
}
