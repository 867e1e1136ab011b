using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>The JSON Schemas (2020-12) of what the message API takes and gives.</summary>
internal static class OpenApiSchemas
{
    private const string Chat = "A chat: the Bot API's number, \"@name\", \"channel:123\", or an object of kind (user, group, channel) and id.";
    private const string Time = "RFC 3339 with an offset, or Unix seconds.";

    // What a request to send may say: name, type, meaning. A type in angle brackets is another schema's name.
    private static readonly (string Name, string Type, string Meaning)[] SendFields =
    [
        ("bot", "string", "The bot's name; may be left out by a key that serves one bot."),
        ("text", "string", "The text of a plain message; or use method and params."),
        ("method", "string", "A method of the Bot API that sends or edits; sendMessage when absent."),
        ("params", "object", "Parameters of the method, as in the Bot API."),
        ("message_thread_id", "integer", "The forum topic."),
        ("parse_mode", "string", "HTML, MarkdownV2 or Markdown."),
        ("reply_markup", "object", "A keyboard, as object or JSON text."),
        ("not_before", "<Time>", "Not sent before."),
        ("expires_at", "<Time>", "Not sent after: the message is then expired."),
        ("callback_url", "string", "Hears of the final state, signed."),
        ("on_unknown", "hold|resend", "What to do when nobody knows whether it was sent: hold it for a decision (the default), or send it again."),
        ("idempotency_key", "string", "As the Idempotency-Key header: the same request under it is the same message."),
    ];

    private static readonly (string Name, string Type, string Meaning)[] MessageOnly =
    [
        ("chat_id", "<Chat>", Chat),
        ("reply_to", "integer", "Id of the message that is replied to."),
        ("transport", "bot_api|mtproto", "Over MTProto the configured account sends it: plain text with entities, and never in doubt. bot_api when absent."),
        ("priority", "interactive|normal|bulk", "Who goes first when the bot's budget does not do for all; normal when absent."),
    ];

    private static readonly (string Name, string Type, string Meaning)[] BroadcastOnly =
    [
        ("name", "string", "What you call it."),
        ("paused", "boolean", "Waits for its resume."),
    ];

    private static readonly (string Name, string Type, string Meaning)[] Shown =
    [
        ("id", "string", "16 hexadecimal digits; rises with time."),
        ("status", string.Join('|', StateNames.Messages), "Where it stands."),
        ("bot", "string", "The bot's name."),
        ("chat_id", "<Chat>", "As it is sent to Telegram."),
        ("inline_message_id", "string", "Instead of chat_id where an inline message is edited."),
        ("method", "string", "The method of the Bot API."),
        ("priority", "interactive|normal|bulk", "As it was asked for."),
        ("on_unknown", "hold|resend", "As it was asked for."),
        ("transport", "mtproto", "When it goes that way."),
        ("created_at", "string", "When it was taken."),
        ("updated_at", "string", "When its state last changed."),
        ("not_before", "string", "Not sent before."),
        ("expires_at", "string", "Not sent after."),
        ("idempotency_key", "string", "The key it came under."),
        ("broadcast_id", "string", "The broadcast it belongs to."),
        ("message_id", "integer", "Telegram's message_id once it is sent."),
        ("error_code", "integer", "Telegram's error_code."),
        ("error", "string", "What went wrong."),
        ("params", "object", "What Telegram gets. Not in lists."),
        ("attempts", "[Attempt]", "Its history, oldest first. Not in lists."),
    ];

    private static readonly (string Name, string Type, string Meaning)[] FilterFields =
    [
        .. MessageLookEndpoint.Filter.Select(criterion => (criterion.Name, criterion.Type, criterion.Meaning)),
    ];

    /// <summary>Writes the members of components.schemas.</summary>
    public static void Write(Utf8JsonWriter json)
    {
        Object(json, "Message", "A message to send.", [.. SendFields, .. MessageOnly], ["chat_id"], closed: true);
        Object(json, "MessageForm", "The same as form fields; objects as JSON text.", [.. SendFields, .. MessageOnly], ["chat_id"], closed: true);
        Object(json, "MessageUpload", "Files by part name, referred to as attach://name; beside them message, or the fields of MessageForm.",
            [("message", "<Message>", "The message as JSON.")], [], closed: false);
        Object(json, "Accepted", "What was taken.",
            [("id", "string", "The message's id."), ("status", "string", "Its state.")], ["id", "status"], closed: false);
        Object(json, "MessageState", "A message and what became of it.", Shown, ["id", "status", "bot", "method"], closed: false);
        Object(json, "Attempt", "An attempt to send, or a decision.",
            [
                ("at", "string", "When it ended."), ("outcome", "string", "How it ended."), ("status", "string", "The state it led to."),
                ("error_code", "integer", "Telegram's."), ("detail", "string", "What Telegram or EdgeProxy said."),
            ],
            ["at", "outcome", "status"], closed: false);
        Object(json, "MessagePage", "A page of messages.",
            [
                ("messages", "[MessageState]", "Oldest first."),
                ("next_cursor", "string?", "The cursor of the next page; null on the last. In a long search a page may be short, or empty, and not the last."),
            ],
            ["messages", "next_cursor"], closed: false);
        Object(json, "Resolve", "A decision about an unknown message.", [("as", "sent|resend|drop", "What is known now.")], ["as"], closed: true);
        Object(json, "DropFilter", "Which messages; a criterion more, fewer messages.", FilterFields, ["status"], closed: true);
        Object(json, "ReplayFilter", "Which messages; a criterion more, fewer messages.",
            [.. FilterFields, ("confirm_resend", "boolean", "Must be true for unknown: such messages may arrive twice.")], ["status"], closed: true);
        Object(json, "Changed", "How many.", [("changed", "integer", "Messages that changed.")], ["changed"], closed: false);
        WriteBroadcasts(json);
        WriteRest(json);
    }

    private static void WriteBroadcasts(Utf8JsonWriter json)
    {
        Object(json, "Broadcast", $"One message and up to {Limits.BroadcastChatsMax} chats; chats is the last member.",
            [.. SendFields, .. BroadcastOnly, ("chats", "[Chat]", "Whom to.")], ["chats"], closed: true);
        json.WriteStartObject("BroadcastLines");
        json.WriteString("type", "string");
        json.WriteString("description", "NDJSON: a line with the members of Broadcast but chats, then one Chat (or {\"chat_id\": Chat}) a line.");
        json.WriteEndObject();
        (string, string, string)[] known = [("id", "string", "Its id."), ("status", "loading|running|paused|cancelled|done", "Where it stands.")];
        Object(json, "BroadcastAccepted", "What was taken.",
            [.. known, ("recipients", "integer", "Chats, doubles removed.")], ["id", "status", "recipients"], closed: false);
        Object(json, "BroadcastState", "A broadcast and where it stands.",
            [
                .. known, ("bot", "string", "The bot's name."), ("name", "string", "As its maker called it."), ("created_at", "string", "When it was made."),
                ("updated_at", "string", "When its state last changed."), ("recipients", "integer", "Chats, doubles removed."),
                ("counts", "object", "Messages in each state; their sum is recipients."),
                ("eta_s", "integer?", "Seconds to its end at the bot's legal rate; null when it does not run."),
            ],
            ["id", "status", "recipients", "counts"], closed: false);
        Object(json, "BroadcastList", "Broadcasts.", [("broadcasts", "[BroadcastState]", "Newest first.")], ["broadcasts"], closed: false);
    }

    private static void WriteRest(Utf8JsonWriter json)
    {
        Object(json, "DeadCallback", "A status call-back that was given up.",
            [
                ("id", "string", "As in X-Edge-Delivery."), ("url", "string", "Where it should have gone."), ("failures", "integer", "Failed attempts."),
                ("message", "<MessageState>", "What it would have said."),
            ],
            ["id", "url", "failures", "message"], closed: false);
        Object(json, "DeadCallbacks", "Status call-backs that were given up.",
            [("callbacks", "[DeadCallback]", "Newest first.")], ["callbacks"], closed: false);
        Object(json, "Problem", "Problem details (RFC 9457).",
            [
                ("type", "string", "about:blank."), ("title", "string", "What is wrong in general."), ("status", "integer", "The HTTP status."),
                ("detail", "string", "What is wrong here and what to change."), ("field", "string", "The field, header or parameter that is wrong."),
            ],
            ["type", "title", "status"], closed: false);
        json.WriteStartObject("Chat");
        json.WriteString("description", Chat);
        json.WriteStartArray("type");
        foreach (string type in (string[])["integer", "string", "object"]) json.WriteStringValue(type);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("Time");
        json.WriteString("description", Time);
        json.WriteStartArray("type");
        json.WriteStringValue("string");
        json.WriteStringValue("integer");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("Any");
        json.WriteString("type", "object");
        json.WriteEndObject();
    }

    private static void Object(
        Utf8JsonWriter json, string name, string meaning, IReadOnlyList<(string Name, string Type, string Meaning)> fields, string[] required, bool closed)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "object");
        json.WriteString("description", meaning);
        json.WriteStartObject("properties");
        foreach ((string field, string type, string sense) in fields)
        {
            json.WriteStartObject(field);
            Type(json, type);
            json.WriteString("description", sense);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (required.Length > 0)
        {
            json.WriteStartArray("required");
            foreach (string field in required) json.WriteStringValue(field);
            json.WriteEndArray();
        }

        if (closed) json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
    }

    // "<Name>" refers to a schema, "[Name]" is a list of it, "a|b" a choice of words, "integer?" may be null.
    private static void Type(Utf8JsonWriter json, string type)
    {
        if (type.StartsWith('<'))
        {
            json.WriteString("$ref", "#/components/schemas/" + type[1..^1]);
        }
        else if (type.StartsWith('['))
        {
            json.WriteString("type", "array");
            json.WriteStartObject("items");
            json.WriteString("$ref", "#/components/schemas/" + type[1..^1]);
            json.WriteEndObject();
        }
        else if (type.Contains('|', StringComparison.Ordinal))
        {
            json.WriteString("type", "string");
            json.WriteStartArray("enum");
            foreach (string word in type.Split('|')) json.WriteStringValue(word);
            json.WriteEndArray();
        }
        else if (type.EndsWith('?'))
        {
            json.WriteStartArray("type");
            json.WriteStringValue(type[..^1]);
            json.WriteStringValue("null");
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("type", type);
        }
    }
}
