using System.Globalization;
using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Reads a chat as callers write it: -1001234, "-1001234", "@name", "channel:1234" or {"kind":"channel","id":1234}.</summary>
internal static class ChatField
{
    public const string Forms = "write the Bot API's number, \"@name\", \"channel:1234\" or {\"kind\":\"channel\",\"id\":1234} (kinds: user, group, channel)";

    /// <summary>Reads the value the reader stands on, and leaves the reader on its last token. Null when it is a chat; else what is wrong.</summary>
    public static string? Read(ref Utf8JsonReader reader, out ChatTarget chat)
    {
        chat = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long id) ? FromNumber(id, out chat) : "is not a whole number; " + Forms;
            case JsonTokenType.String:
                return JsonCopy.Text(ref reader) is { } text ? FromText(text, out chat) : "is no chat; " + Forms;
            case JsonTokenType.StartObject:
                return FromObject(ref reader, out chat);
            default:
                reader.TrySkip(); // Skip refuses to work on a part of a document, which a list of chats is read in.
                return "is no chat; " + Forms;
        }
    }

    /// <summary>The same from a query parameter or a command line.</summary>
    public static string? FromText(string text, out ChatTarget chat)
    {
        chat = default;
        if (text.StartsWith('@'))
        {
            bool legal = text.Length is > 1 and <= Limits.ChatNameCharsMax && text.AsSpan(1).IndexOfAnyExcept(NameChars) < 0;
            if (legal) chat = new ChatTarget(0, text.ToLowerInvariant());
            return legal ? null : $"\"{text}\" is no username; it has letters, digits and underscores after the @";
        }

        if (ChatId.TryParse(text, out ChatId known))
        {
            chat = new ChatTarget(known.BotApi, null);
            return null;
        }

        bool number = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id);
        return number ? FromNumber(id, out chat) : $"\"{text}\" is no chat; " + Forms;
    }

    private static readonly System.Buffers.SearchValues<char> NameChars =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static string? FromNumber(long id, out ChatTarget chat)
    {
        bool legal = ChatId.FromBotApi(id, out _);
        chat = legal ? new ChatTarget(id, null) : default;
        return legal ? null : $"{id} is a number that no chat has; users are positive, groups negative, channels and supergroups below -1000000000000";
    }

    private static string? FromObject(ref Utf8JsonReader reader, out ChatTarget chat)
    {
        chat = default;
        string? kind = null;
        long bare = 0;
        string? wrong = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            bool isKind = reader.ValueTextEquals("kind"u8);
            bool isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isKind && reader.TokenType == JsonTokenType.String) kind = JsonCopy.Text(ref reader);
            else if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out bare)) continue;
            else wrong = "has the members kind and id and no other; " + Forms;
            reader.TrySkip();
        }

        if (wrong is not null) return wrong;
        if (!ChatId.TryParse(string.Create(CultureInfo.InvariantCulture, $"{kind}:{bare}"), out ChatId known)) return "is no chat; " + Forms;
        chat = new ChatTarget(known.BotApi, null);
        return null;
    }
}
