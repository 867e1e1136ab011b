using System.Collections.Frozen;
using System.Globalization;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// What a client token may do. Immutable.
/// Methods: names, case aside, or a beginning and a star ("send*"). An empty list allows every method but the owned ones
/// (<see cref="ClientTokenMethods.IsOwned"/>), which only a full name allows.
/// Chats: ids or @names. With an empty list all chats are allowed. With a list, a call must address one of them in chat_id, in the form that the
/// list gives (an id is not resolved to a name, nor back), and no other chat in from_chat_id or reply_parameters; calls without chat_id are
/// refused but for a few that concern no chat; inline messages, business connections and methods that this version does not know are refused.
/// </summary>
internal sealed class ClientTokenRights
{
    private readonly FrozenSet<string> _exact;
    private readonly string[] _prefixes;
    private readonly FrozenSet<long> _ids;
    private readonly FrozenSet<string> _names;

    private ClientTokenRights(IReadOnlyList<string> methods, IReadOnlyList<string> chats)
    {
        (Methods, Chats) = (methods, chats);
        _exact = methods.Where(method => !method.EndsWith('*')).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _prefixes = [.. methods.Where(method => method.EndsWith('*')).Select(method => method[..^1])];
        _ids = chats.Where(chat => !chat.StartsWith('@')).Select(chat => long.Parse(chat, CultureInfo.InvariantCulture)).ToFrozenSet();
        _names = chats.Where(chat => chat.StartsWith('@')).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>As given.</summary>
    public IReadOnlyList<string> Methods { get; }

    /// <summary>Ids in decimal, names in lower case with their @.</summary>
    public IReadOnlyList<string> Chats { get; }

    /// <summary>Every field of a call must be known before a byte of it leaves; a body that is streamed past its file unread is refused.</summary>
    public bool HasChatScope => Chats.Count > 0;

    /// <summary>Null with the field and the reason when a list cannot be meant.</summary>
    public static ClientTokenRights? TryCreate(IReadOnlyList<string> methods, IReadOnlyList<string> chats, out (string Field, string Reason) error)
    {
        error = default;
        if (methods.Count > Limits.ClientTokenScopeMax) error = ("methods", $"has {methods.Count} entries; {Limits.ClientTokenScopeMax} is the most");
        if (chats.Count > Limits.ClientTokenScopeMax) error = ("chats", $"has {chats.Count} entries; {Limits.ClientTokenScopeMax} is the most");
        foreach (string method in methods)
        {
            if (!IsMethod(method)) error = ("methods", "must list method names such as sendMessage, or beginnings with a star such as send*");
        }

        var normal = new List<string>(chats.Count);
        foreach (string chat in chats)
        {
            string? one = NormalChat(chat);
            if (one is null) error = ("chats", "must list chat ids as the Bot API writes them (-1001234567890) or names with their @ (@channel)");
            else normal.Add(one);
        }

        return error.Field is null ? new ClientTokenRights(methods, normal) : null;
    }

    /// <summary>Whether a call of that method to that chat is in scope, as far as those two say.</summary>
    public bool Allows(ApiMethod method, ChatTarget chat) => Refusal(method, chat) is null;

    /// <summary>Null when allowed; else what is out of scope, as a Bot API description without "Forbidden: ".</summary>
    public string? Refusal(ApiMethod method, ChatTarget chat)
    {
        if (!AllowsMethod(method.Name)) return $"the method {Printable(method.Name)} is not in the scope of this client token";
        if (!HasChatScope) return null;
        if (chat.IsNone)
        {
            return ClientTokenMethods.IsChatless(method.Name)
                ? null
                : $"the method {Printable(method.Name)} without a chat_id is not in the scope of this client token, which is bound to chats";
        }

        if (!ClientTokenMethods.IsOfOneChat(method.Name) && !ClientTokenMethods.IsChatless(method.Name))
        {
            return $"the method {Printable(method.Name)} may reach other chats; it is not in the scope of this client token, which is bound to chats";
        }

        return AllowsChat(chat) ? null : $"the chat {Printable(chat)} is not in the scope of this client token";
    }

    /// <summary>The whole check of a call: method, chat and every other chat that its fields name. Null when allowed.</summary>
    /// <param name="call">As the lanes will see it.</param>
    /// <param name="fields">All of its fields; looked at only when <see cref="HasChatScope"/>.</param>
    public string? Refusal(OutgoingCall call, in ClientTokenFields fields)
    {
        if (Refusal(call.Method, call.Chat) is { } refusal) return refusal;
        if (!HasChatScope) return null;
        if (fields.IsUnclear) return "the chats of this call are not clear (a field given twice, or not readable), and this client token is bound to chats";
        if (fields.IsBusiness) return "business_connection_id is not in the scope of this client token, which is bound to chats";
        if (!AllowsOrNone(fields.Chat)) return $"the chat {Printable(fields.Chat)} is not in the scope of this client token";
        if (!AllowsOrNone(fields.From)) return $"the chat {Printable(fields.From)} in from_chat_id is not in the scope of this client token";
        return AllowsOrNone(fields.ReplyTo)
            ? null
            : $"the chat {Printable(fields.ReplyTo)} in reply_parameters is not in the scope of this client token";
    }

    private bool AllowsMethod(string name)
    {
        if (_exact.Contains(name)) return true;
        if (ClientTokenMethods.IsOwned(name)) return false;
        if (Methods.Count == 0) return true;
        foreach (string prefix in _prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private bool AllowsOrNone(ChatTarget chat) => chat.IsNone || AllowsChat(chat);

    private bool AllowsChat(ChatTarget chat) => chat.Name is null ? _ids.Contains(chat.Id) : _names.Contains(chat.Name);

    private static bool IsMethod(string method)
    {
        ReadOnlySpan<char> name = method.AsSpan().TrimEnd('*');
        if (method.Length - name.Length > 1 || method.Length is 0 or > Limits.MethodCharsMax) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        }

        return true;
    }

    private static string? NormalChat(string chat)
    {
        if (long.TryParse(chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id))
        {
            return ChatId.FromBotApi(id, out _) ? id.ToString(CultureInfo.InvariantCulture) : null;
        }

        bool named = chat.Length is > 1 and <= 33 && chat[0] == '@' && chat.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return named ? chat.ToLowerInvariant() : null;
    }

    private static string Printable(string name) => name.Length <= Limits.MethodCharsMax ? name : name[..Limits.MethodCharsMax];

    private static string Printable(ChatTarget chat) => chat.Name switch
    {
        null => chat.Id.ToString(CultureInfo.InvariantCulture),
        { Length: > 64 } name => name[..64],
        { } name => name,
    };
}
