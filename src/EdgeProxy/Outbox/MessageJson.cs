using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Writes what the API shows of messages and broadcasts.</summary>
internal sealed class MessageJson(BotAccess access)
{
    public const string ContentType = "application/json; charset=utf-8";
    private const string InlinePrefix = "inline:";

    /// <summary>Answers with one JSON object.</summary>
    public static async Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, CallParameters.Options);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    /// <summary>An object in an array or by itself.</summary>
    public void Write(Utf8JsonWriter json, MessageRecord message, bool whole)
    {
        json.WriteStartObject();
        WriteMembers(json, message, whole);
        json.WriteEndObject();
    }

    /// <param name="whole">With parameters and attempts.</param>
    public void WriteMembers(Utf8JsonWriter json, MessageRecord message, bool whole)
    {
        json.WriteString("id"u8, message.Id.ToString());
        json.WriteString("status"u8, StateNames.Of(message.State));
        json.WriteString("bot"u8, access.NameOf(message.BotId));
        WriteChat(json, message.Chat);
        json.WriteString("method"u8, message.Method);
        json.WriteString("priority"u8, StateNames.Of(message.Priority));
        json.WriteString("on_unknown"u8, StateNames.Of(message.OnUnknown));
        if (message.Transport == Transport.Mtproto) json.WriteString("transport"u8, "mtproto"u8);
        WriteTime(json, "created_at", message.CreatedUnixMs);
        WriteTime(json, "updated_at", message.UpdatedUnixMs);
        WriteTime(json, "not_before", message.NotBeforeUnixMs);
        WriteTime(json, "expires_at", message.ExpiresAtUnixMs);
        if (message.IdempotencyKey is { } key) json.WriteString("idempotency_key"u8, key);
        if (message.BroadcastId != default) json.WriteString("broadcast_id"u8, message.BroadcastId.ToString());
        if (message.TelegramMessageId != 0) json.WriteNumber("message_id"u8, message.TelegramMessageId);
        if (message.ErrorCode != 0) json.WriteNumber("error_code"u8, message.ErrorCode);
        if (message.Error is { } error) json.WriteString("error"u8, error);
        if (!whole) return;
        json.WritePropertyName("params"u8);
        if (message.Parameters.IsEmpty) json.WriteRawValue("{}"u8);
        else json.WriteRawValue(message.Parameters.Span, skipInputValidation: true);
        json.WriteStartArray("attempts"u8);
        foreach (MessageAttempt attempt in message.Attempts) WriteAttempt(json, attempt);
        json.WriteEndArray();
    }

    private static void WriteAttempt(Utf8JsonWriter json, MessageAttempt attempt)
    {
        json.WriteStartObject();
        WriteTime(json, "at", attempt.AtUnixMs);
        json.WriteString("outcome"u8, attempt.Outcome);
        json.WriteString("status"u8, StateNames.Of(attempt.State));
        if (attempt.ErrorCode != 0) json.WriteNumber("error_code"u8, attempt.ErrorCode);
        if (attempt.Detail is { } detail) json.WriteString("detail"u8, detail);
        json.WriteEndObject();
    }

    private static void WriteChat(Utf8JsonWriter json, ChatTarget chat)
    {
        if (chat.Name is null) json.WriteNumber("chat_id"u8, chat.Id);
        else if (chat.Name.StartsWith(InlinePrefix, StringComparison.Ordinal)) json.WriteString("inline_message_id"u8, chat.Name[InlinePrefix.Length..]);
        else json.WriteString("chat_id"u8, chat.Name);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, long unixMs)
    {
        if (unixMs != 0) json.WriteString(name, TimeField.Text(unixMs));
    }
}
