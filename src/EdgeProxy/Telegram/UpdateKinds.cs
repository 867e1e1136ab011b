using System.Text;

namespace EdgeProxy.Telegram;

/// <summary>Names and lifetimes of the update kinds, as the Bot API writes them (class Update, allowed_updates).</summary>
internal static class UpdateKinds
{
    // Index = the kind's number. Unknown has no name on the wire; "unknown" serves logs and metrics and is not parsed.
    private static readonly string[] Names =
    [
        "unknown", "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
        "edited_business_message", "deleted_business_messages", "guest_message", "message_reaction", "message_reaction_count",
        "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media",
        "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost",
        "managed_bot", "subscription", "stopped_message_generation",
    ];

    private static readonly byte[][] NamesUtf8 = Array.ConvertAll(Names, Encoding.UTF8.GetBytes);

    /// <summary>How many numbers are taken, Unknown included: valid kinds are below it.</summary>
    public static int Count => Names.Length;

    /// <summary>The Bot API's name; "unknown" for Unknown and for a number from a newer version.</summary>
    public static string Name(UpdateKind kind) => Names[Index(kind)];

    /// <summary>The kind of that name, case-sensitive as in the Bot API. "unknown" is not a name.</summary>
    public static bool TryParse(string? name, out UpdateKind kind)
    {
        int index = name is null ? -1 : Array.IndexOf(Names, name, 1);
        kind = index < 0 ? UpdateKind.Unknown : (UpdateKind)index;
        return index >= 0;
    }

    /// <summary>The same from UTF-8. Does not allocate.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out UpdateKind kind)
    {
        for (int i = 1; i < NamesUtf8.Length; i++)
        {
            if (!name.SequenceEqual(NamesUtf8[i])) continue;
            kind = (UpdateKind)i;
            return true;
        }

        kind = UpdateKind.Unknown;
        return false;
    }

    /// <summary>
    /// How long Telegram itself keeps trying to deliver such an update, counted from its arrival; later it is of no use, because the
    /// answer would be refused. Source: the timeouts given to add_update in tdlib/telegram-bot-api Client.cpp.
    /// </summary>
    public static TimeSpan Expiry(UpdateKind kind) => kind switch
    {
        UpdateKind.InlineQuery => TimeSpan.FromSeconds(30),
        UpdateKind.CallbackQuery or UpdateKind.ShippingQuery or UpdateKind.PreCheckoutQuery => TimeSpan.FromSeconds(150),
        UpdateKind.ChosenInlineResult => TimeSpan.FromSeconds(600),
        _ => TimeSpan.FromHours(24),
    };

    private static int Index(UpdateKind kind) => (int)kind < Names.Length ? (int)kind : 0;
}
