using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>The methods that make or change messages: checks, limits, a plausible result, and a record of what was accepted.</summary>
internal sealed class MessageMethods(SendLog sends, FileStore files, TimeProvider clock)
{
    private const int TextCharsMax = 4096;
    private const int CaptionCharsMax = 1024;

    public ApiResult Execute(FakeBot bot, ApiCall call)
    {
        // 1. What Telegram checks before it looks at limits: the chat, then the content.
        bool inline = MethodNames.IsEdit(call.Method) && call.Has("inline_message_id");
        long chatId = ChatIds.Of(call);
        if (!inline && chatId == 0)
        {
            return ApiResult.BadRequest(call.Has("chat_id") ? "chat not found" : "chat_id is empty");
        }

        int count = WeightOf(call);
        if (Refuse(call, count, inline) is { } refusal)
        {
            return refusal;
        }

        // 2. The limits: an album weighs its items, copies and forwards their ids.
        int wait = bot.Chats.TryTake(chatId, count, bot.IsPaid && call.Flag("allow_paid_broadcast"));
        if (wait > 0)
        {
            return ApiResult.Flood(wait);
        }

        // 3. It happens, and is recorded.
        bool edit = MethodNames.IsEdit(call.Method);
        long messageId = edit ? call.Number("message_id", 0) : bot.Chats.NextMessageIds(chatId, count);
        files.Keep(call);
        sends.Add(RecordOf(bot, call, chatId, messageId));
        return ApiResult.Ok(inline ? JsonValue.Create(true) : ResultOf(bot, call, chatId, messageId, count));
    }

    private JsonNode ResultOf(FakeBot bot, ApiCall call, long chatId, long messageId, int count)
    {
        switch (call.Method)
        {
            case "copymessage":
                return new JsonObject { ["message_id"] = messageId };
            case "copymessages" or "forwardmessages":
                return new JsonArray(
                    [.. Enumerable.Range(0, count).Select(i => (JsonNode)new JsonObject { ["message_id"] = messageId + i })]);
            case "sendmediagroup":
                return AlbumOf(bot, call, chatId, messageId);
            default:
                return MessageOf(bot, call, chatId, messageId);
        }
    }

    private JsonArray AlbumOf(FakeBot bot, ApiCall call, long chatId, long messageId)
    {
        var album = new JsonArray();
        foreach (JsonNode? item in call.Array("media")!)
        {
            JsonObject message = Frame(bot, call, chatId, messageId + album.Count);
            message["media_group_id"] = messageId.ToString("D17");
            string type = (item as JsonObject)?["type"]?.ToString() ?? "photo";
            string media = (item as JsonObject)?["media"]?.ToString() ?? "";
            string attached = media.StartsWith("attach://", StringComparison.Ordinal) ? media[9..] : "";
            message[type] = files.Describe(type, call.File(attached), media);
            if ((item as JsonObject)?["caption"]?.ToString() is { Length: > 0 } caption)
            {
                message["caption"] = caption;
            }

            album.Add(message);
        }

        return album;
    }

    private JsonObject MessageOf(FakeBot bot, ApiCall call, long chatId, long messageId)
    {
        JsonObject message = Frame(bot, call, chatId, messageId);
        if (MethodNames.IsEdit(call.Method))
        {
            message["edit_date"] = clock.GetUtcNow().ToUnixTimeSeconds();
        }

        if (call.Has("text"))
        {
            message["text"] = call.Text("text");
        }

        if (call.Has("caption"))
        {
            message["caption"] = call.Text("caption");
        }

        if (MediaFieldOf(call.Method) is { } field)
        {
            message[field] = files.Describe(field, call.File(field), call.Text(field));
        }

        if (call.Has("reply_markup") && Parse(call.Text("reply_markup")) is JsonObject markup && markup.ContainsKey("inline_keyboard"))
        {
            message["reply_markup"] = markup;
        }

        return message;
    }

    private JsonObject Frame(FakeBot bot, ApiCall call, long chatId, long messageId)
    {
        var message = new JsonObject
        {
            ["message_id"] = messageId,
            ["from"] = new JsonObject
            {
                ["id"] = bot.Id,
                ["is_bot"] = true,
                ["first_name"] = "Simulated bot",
                ["username"] = bot.Username,
            },
            ["chat"] = ChatIds.ToJson(chatId),
            ["date"] = clock.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (call.Number("message_thread_id", 0) is > 0 and var thread)
        {
            message["message_thread_id"] = thread;
            message["is_topic_message"] = true;
        }

        return message;
    }

    private SendRecord RecordOf(FakeBot bot, ApiCall call, long chatId, long messageId)
    {
        string text = call.Has("text") ? call.Text("text") : call.Text("caption");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        long bytes = 0;
        foreach (UploadedFile file in call.Files)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(file.Sha256));
            bytes += file.Bytes;
        }

        return new SendRecord(0, bot.Id, call.Method, chatId, messageId, clock.GetUtcNow().ToUnixTimeMilliseconds(), text,
            Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    private static int WeightOf(ApiCall call) => call.Method switch
    {
        "sendmediagroup" => call.Array("media")?.Count ?? 0,
        "copymessages" or "forwardmessages" => call.Array("message_ids")?.Count ?? 0,
        _ => 1,
    };

    private static ApiResult? Refuse(ApiCall call, int count, bool inline)
    {
        string? reason = call.Method switch
        {
            "sendmessage" or "editmessagetext" when string.IsNullOrWhiteSpace(call.Text("text")) => "message text is empty",
            "sendmediagroup" when count is < 2 or > 10 => "group send failed: there must be 2-10 items in an album",
            "copymessages" or "forwardmessages" when count is < 1 or > 100 => "there must be 1-100 message identifiers",
            "copymessages" or "forwardmessages" or "copymessage" or "forwardmessage" when !call.Has("from_chat_id") =>
                "from_chat_id is empty",
            "copymessage" or "forwardmessage" when call.Number("message_id", 0) <= 0 => "message to forward not found",
            _ when MethodNames.IsEdit(call.Method) && !inline && call.Number("message_id", 0) <= 0 =>
                "message identifier is not specified",
            _ when MediaFieldOf(call.Method) is { } field && !call.Has(field) && call.File(field) is null =>
                $"there is no {field} in the request",
            _ when call.Text("text").Length > TextCharsMax => "message is too long",
            _ when call.Text("caption").Length > CaptionCharsMax => "message caption is too long",
            _ => null,
        };
        return reason is null ? null : ApiResult.BadRequest(reason);
    }

    private static string? MediaFieldOf(string method) => method switch
    {
        "sendphoto" => "photo",
        "senddocument" => "document",
        "sendvideo" => "video",
        "sendaudio" => "audio",
        "sendvoice" => "voice",
        "sendanimation" => "animation",
        "sendvideonote" => "video_note",
        "sendsticker" => "sticker",
        _ => null,
    };

    private static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
