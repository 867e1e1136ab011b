using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// Reads a request to send from JSON. Every field is checked by itself here; the first that is wrong is named. Numbers may be text, as forms write
/// them; null is the same as absent.
/// </summary>
internal static class MessageReader
{
    private const string LoneSurrogate = "has half of a surrogate pair (such as \\ud83d alone), which is no character; remove it or complete the pair";
    private const string MessageFields = "bot, chat_id, text, method, params, message_thread_id, reply_to, parse_mode, reply_markup, priority, not_before, "
        + "expires_at, callback_url, on_unknown, idempotency_key, transport";
    private const string BroadcastFields = "bot, name, paused, text, method, params, message_thread_id, parse_mode, reply_markup, not_before, expires_at, "
        + "callback_url, on_unknown, idempotency_key";

    /// <summary>Reads one JSON object. Null when every field is right.</summary>
    /// <param name="json">The whole body.</param>
    /// <param name="broadcast">Reads a broadcast's first line: it has a name and no chat.</param>
    /// <param name="draft">Takes what was read.</param>
    public static Problem? Read(ReadOnlySpan<byte> json, bool broadcast, MessageDraft draft)
    {
        if (!Utf8.IsValid(json)) return ApiProblems.NotUtf8;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax });
        try
        {
            return ReadObject(ref reader, broadcast, draft);
        }
        catch (JsonException exception)
        {
            return ApiProblems.NotJson(exception);
        }
    }

    private static Problem? ReadObject(ref Utf8JsonReader reader, bool broadcast, MessageDraft draft)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new Problem(StatusCodes.Status400BadRequest, "The body is not a JSON object", "send {\"chat_id\": …, \"text\": \"…\"}");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (JsonCopy.Text(ref reader) is not { } name) return ApiProblems.Unknown("(a name)", broadcast ? BroadcastFields : MessageFields);
            reader.Read();
            if (!seen.Add(name)) return ApiProblems.Field(name, "is given twice; give it once");
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (Take(name, ref reader, broadcast, draft) is { } problem) return problem;
        }

        reader.Read();
        return null;
    }

    private static Problem? Take(string name, ref Utf8JsonReader reader, bool broadcast, MessageDraft draft)
    {
        switch (name)
        {
            case "text" or "parse_mode":
                return TakeCallText(name, ref reader, draft);
            case "message_thread_id":
                return TakePositive(name, ref reader, out long thread) ?? TakeCall(name, draft, call => call.Add("message_thread_id", thread));
            case "reply_markup":
                return TakeObject(name, ref reader, draft, intoCall: false);
            case "params":
                return TakeObject(name, ref reader, draft, intoCall: true);
            case "bot" or "method" or "priority" or "callback_url" or "on_unknown" or "idempotency_key":
                return TakeWord(name, ref reader, broadcast, draft);
            case "not_before":
                string? notBefore = TimeField.Read(ref reader, out long from);
                draft.NotBeforeUnixMs = from;
                return notBefore is null ? null : ApiProblems.Field(name, notBefore);
            case "expires_at":
                string? expires = TimeField.Read(ref reader, out long until);
                draft.ExpiresAtUnixMs = until;
                return expires is null ? null : ApiProblems.Field(name, expires);
            case "chat_id" when !broadcast:
                return TakeChat(name, ref reader, draft);
            case "reply_to" when !broadcast:
                if (draft.Call.Has("reply_parameters")) return Twice(name, "params.reply_parameters");
                return TakePositive(name, ref reader, out long replyTo) ?? TakeCall(name, draft, call => call.AddReplyTo(replyTo));
            case "transport" when !broadcast:
            case "name" or "paused" when broadcast:
                return TakeWord(name, ref reader, broadcast, draft);
            default:
                return ApiProblems.Unknown(name, broadcast ? BroadcastFields : MessageFields);
        }
    }

    private static Problem? TakeChat(string name, ref Utf8JsonReader reader, MessageDraft draft)
    {
        if (!draft.Chat.IsNone) return Twice("chat_id", "params.chat_id");
        if (ChatField.Read(ref reader, out ChatTarget chat) is { } wrong) return ApiProblems.Field(name, wrong);
        draft.Chat = chat;
        if (chat.Name is { } username) draft.Call.Add("chat_id", username);
        else draft.Call.Add("chat_id", chat.Id);
        return null;
    }

    private static Problem? TakeCall(string name, MessageDraft draft, Action<CallParameters> add)
    {
        if (draft.Call.Has(name)) return Twice(name, "params." + name);
        add(draft.Call);
        return null;
    }

    private static Problem? TakeCallText(string name, ref Utf8JsonReader reader, MessageDraft draft)
    {
        if (reader.TokenType != JsonTokenType.String) return ApiProblems.Field(name, "must be text");
        if (reader.ValueSpan.IsEmpty) return ApiProblems.Field(name, "is empty; leave it out or write something");
        if (draft.Call.Has(name)) return Twice(name, "params." + name);
        return draft.Call.TryAdd(name, ref reader) ? null : ApiProblems.Field(name, LoneSurrogate);
    }

    private static Problem? TakePositive(string name, ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        bool number = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out value),
            JsonTokenType.String => long.TryParse(JsonCopy.Text(ref reader), NumberStyles.None, CultureInfo.InvariantCulture, out value),
            _ => false,
        };
        return number && value is > 0 and <= int.MaxValue ? null : ApiProblems.Field(name, "must be a whole number from 1 to 2147483647");
    }

    // An object, or JSON text of one: reply_markup as one parameter, params member by member.
    private static Problem? TakeObject(string name, ref Utf8JsonReader reader, MessageDraft draft, bool intoCall)
    {
        if (reader.TokenType == JsonTokenType.StartObject) return intoCall ? TakeParams(ref reader, draft) : TakeWhole(name, ref reader, draft);
        if (reader.TokenType != JsonTokenType.String) return ApiProblems.Field(name, "must be an object or the JSON text of one");
        if (JsonCopy.Text(ref reader) is not { } text) return ApiProblems.Field(name, LoneSurrogate);
        try
        {
            var inner = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax });
            if (!inner.Read() || inner.TokenType != JsonTokenType.StartObject) return ApiProblems.Field(name, "must be an object or the JSON text of one");
            Problem? problem = intoCall ? TakeParams(ref inner, draft) : TakeWhole(name, ref inner, draft);
            inner.Read();
            return problem;
        }
        catch (JsonException exception)
        {
            return ApiProblems.Field(name, $"is text, but not JSON: see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} of it");
        }
    }

    private static Problem? TakeWhole(string name, ref Utf8JsonReader reader, MessageDraft draft)
    {
        if (draft.Call.Has(name)) return Twice(name, "params." + name);
        return draft.Call.TryAdd(name, ref reader) ? null : ApiProblems.Field(name, LoneSurrogate);
    }

    private static Problem? TakeParams(ref Utf8JsonReader reader, MessageDraft draft)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (JsonCopy.Text(ref reader) is not { } name) return ApiProblems.Field("params", LoneSurrogate);
            string path = "params." + name;
            reader.Read();
            if (name == "method") return ApiProblems.Field(path, "stands beside params, not in it; move it out");
            if (name == "chat_id")
            {
                if (TakeChat(path, ref reader, draft) is { } chatProblem) return chatProblem;
                continue;
            }

            if (draft.Call.Has(name)) return Twice(name == "reply_parameters" ? "reply_to" : name, path);
            if (!draft.Call.TryAdd(name, ref reader)) return ApiProblems.Field(path, LoneSurrogate);
        }

        return null;
    }

    private static Problem? TakeWord(string name, ref Utf8JsonReader reader, bool broadcast, MessageDraft draft)
    {
        if (name == "paused" && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            draft.Paused = reader.TokenType == JsonTokenType.True;
            return null;
        }

        if (reader.TokenType != JsonTokenType.String) return ApiProblems.Field(name, name == "paused" ? "must be true or false" : "must be text");
        if (JsonCopy.Text(ref reader) is not { Length: > 0 } word) return ApiProblems.Field(name, "is empty or no valid text");
        string? wrong = name switch
        {
            "bot" => Set(() => draft.Bot = word),
            "method" => Method(word, draft),
            "priority" => Priority(word, broadcast, draft),
            "on_unknown" => Unknown(word, draft),
            "transport" => TransportOf(word, draft),
            "callback_url" => Callback(word, draft),
            "idempotency_key" => KeyError(word) ?? Set(() => draft.IdempotencyKey = word),
            "name" => word.Length > Limits.BroadcastNameCharsMax ? $"has over {Limits.BroadcastNameCharsMax} characters" : Set(() => draft.Name = word),
            _ => word is "true" or "false" ? Set(() => draft.Paused = word == "true") : "must be true or false",
        };
        return wrong is null ? null : ApiProblems.Field(name, wrong);
    }

    /// <summary>What is wrong with an Idempotency-Key; null when nothing is.</summary>
    public static string? KeyError(string key)
    {
        if (key.Length is 0 or > Limits.IdempotencyKeyCharsMax) return $"must have 1 to {Limits.IdempotencyKeyCharsMax} characters";
        return key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? null : "must be visible ASCII without spaces; a UUID is a good choice";
    }

    private static string? Set(Action set)
    {
        set();
        return null;
    }

    private static string? Method(string word, MessageDraft draft)
    {
        ApiMethod method = ApiMethod.Of(word);
        draft.Method = method.Name;
        return method.Kind != MethodKind.Free ? null : $"\"{word}\" does not send or edit a message; call it at /bot<token>/{word} instead";
    }

    private static string? Priority(string word, bool broadcast, MessageDraft draft)
    {
        if (broadcast) return "is bulk for every broadcast; remove it";
        LanePriority? priority = word switch
        {
            "interactive" => LanePriority.Interactive,
            "normal" => LanePriority.Normal,
            "bulk" => LanePriority.Bulk,
            _ => null,
        };
        draft.Priority = priority ?? LanePriority.Normal;
        return priority is null ? $"\"{word}\" is none of interactive, normal, bulk" : null;
    }

    private static string? Unknown(string word, MessageDraft draft)
    {
        draft.OnUnknown = word == "resend" ? OnUnknown.Resend : OnUnknown.Hold;
        return word is "hold" or "resend" ? null : $"\"{word}\" is none of hold, resend";
    }

    private static string? TransportOf(string word, MessageDraft draft)
    {
        draft.Transport = word == "mtproto" ? Transport.Mtproto : Transport.BotApi;
        return word is "bot_api" or "mtproto" ? null : $"\"{word}\" is none of bot_api, mtproto";
    }

    private static string? Callback(string word, MessageDraft draft)
    {
        bool legal = word.Length <= Limits.CallbackUrlCharsMax && Uri.TryCreate(word, UriKind.Absolute, out Uri? url)
            && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Fragment.Length == 0;
        draft.CallbackUrl = legal ? new Uri(word) : null;
        return legal ? null : $"must be an http or https URL of at most {Limits.CallbackUrlCharsMax} characters, without user name and fragment";
    }

    private static Problem Twice(string one, string other) => ApiProblems.Field(other, $"says the same as {one}; give one of them");
}
