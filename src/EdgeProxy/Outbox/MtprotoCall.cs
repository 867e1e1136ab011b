using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>What a message over MTProto may say: text with entities, for parse_mode and keyboards are the Bot API's own.</summary>
internal static class MtprotoCall
{
    private static readonly string[] Known =
        ["chat_id", "text", "entities", "message_thread_id", "reply_parameters", "disable_notification", "protect_content", "link_preview_options"];

    /// <summary>Null when it can go that way.</summary>
    public static Problem? Check(ApiMethod method, ReadOnlySpan<byte> parameters, ChatTarget chat, bool hasUploads)
    {
        if (method.Name != "sendMessage") return ApiProblems.Field("method", "must be sendMessage over mtproto; files go by /v1/admin/files");
        if (hasUploads) return ApiProblems.Field("transport", "takes no uploads over mtproto; files go by /v1/admin/files");
        if (chat.Name is { } name && !name.StartsWith('@')) return ApiProblems.Field("chat_id", "must be a number or @username over mtproto");
        var reader = new Utf8JsonReader(parameters);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string parameter = reader.GetString()!;
            if (!Known.Contains(parameter)) return ApiProblems.Field(parameter, $"does not go over mtproto; known there are {string.Join(", ", Known)}");
            reader.Read();
            bool fits = parameter switch
            {
                "entities" => reader.TokenType == JsonTokenType.StartArray,
                "reply_parameters" or "link_preview_options" => reader.TokenType == JsonTokenType.StartObject,
                "disable_notification" or "protect_content" => reader.TokenType is JsonTokenType.True or JsonTokenType.False,
                _ => true,
            };
            if (!fits) return ApiProblems.Field(parameter, "must be written as JSON and not as text of it over mtproto");
            reader.Skip();
        }

        return null;
    }
}
