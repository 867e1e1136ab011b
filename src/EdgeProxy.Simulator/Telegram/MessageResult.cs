using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>The result of a send or an edit, written straight into the answer: load tests share their processors with this server.</summary>
internal sealed class MessageResult(FileStore files, FakeBot bot, ApiCall call, long chatId, long messageId, int count, DateTimeOffset now)
{
    public void Write(Utf8JsonWriter to)
    {
        switch (call.Method)
        {
            case "copymessage":
                WriteId(to, messageId);
                break;
            case "copymessages" or "forwardmessages":
                to.WriteStartArray();
                for (int i = 0; i < count; i++)
                {
                    WriteId(to, messageId + i);
                }

                to.WriteEndArray();
                break;
            case "sendmediagroup":
                WriteAlbum(to);
                break;
            default:
                WriteMessage(to);
                break;
        }
    }

    private static void WriteId(Utf8JsonWriter to, long id)
    {
        to.WriteStartObject();
        to.WriteNumber("message_id"u8, id);
        to.WriteEndObject();
    }

    private void WriteAlbum(Utf8JsonWriter to)
    {
        to.WriteStartArray();
        int position = 0;
        foreach (JsonNode? node in call.Array("media")!)
        {
            var item = node as JsonObject;
            to.WriteStartObject();
            WriteFrame(to, messageId + position++);
            to.WriteString("media_group_id"u8, messageId.ToString("D17"));
            string type = item?["type"]?.ToString() ?? "photo";
            string media = item?["media"]?.ToString() ?? "";
            string attached = media.StartsWith("attach://", StringComparison.Ordinal) ? media[9..] : "";
            to.WritePropertyName(type);
            files.Describe(type, call.File(attached), media).WriteTo(to);
            if (item?["caption"]?.ToString() is { Length: > 0 } caption)
            {
                to.WriteString("caption"u8, caption);
            }

            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private void WriteMessage(Utf8JsonWriter to)
    {
        to.WriteStartObject();
        WriteFrame(to, messageId);
        if (MethodNames.IsEdit(call.Method))
        {
            to.WriteNumber("edit_date"u8, now.ToUnixTimeSeconds());
        }

        if (call.Has("text"))
        {
            to.WriteString("text"u8, call.Text("text"));
        }

        WriteArray(to, "entities");
        if (call.Has("caption"))
        {
            to.WriteString("caption"u8, call.Text("caption"));
        }

        WriteArray(to, "caption_entities");
        if (MessageMethods.MediaFieldOf(call.Method) is { } field)
        {
            to.WritePropertyName(field);
            files.Describe(field, call.File(field), call.Text(field)).WriteTo(to);
        }

        if (call.Has("reply_markup") && Parse(call.Text("reply_markup")) is JsonObject markup && markup.ContainsKey("inline_keyboard"))
        {
            to.WritePropertyName("reply_markup"u8);
            markup.WriteTo(to);
        }

        to.WriteEndObject();
    }

    private void WriteFrame(Utf8JsonWriter to, long id)
    {
        to.WriteNumber("message_id"u8, id);
        to.WriteStartObject("from"u8);
        to.WriteNumber("id"u8, bot.Id);
        to.WriteBoolean("is_bot"u8, true);
        to.WriteString("first_name"u8, "Simulated bot"u8);
        to.WriteString("username"u8, bot.Username);
        to.WriteEndObject();
        to.WritePropertyName("chat"u8);
        ChatIds.Write(to, chatId);
        to.WriteNumber("date"u8, now.ToUnixTimeSeconds());
        if (call.Number("message_thread_id", 0) is > 0 and var thread)
        {
            to.WriteNumber("message_thread_id"u8, thread);
            to.WriteBoolean("is_topic_message"u8, true);
        }
    }

    private void WriteArray(Utf8JsonWriter to, string name)
    {
        if (call.Has(name) && call.Array(name) is { } array)
        {
            to.WritePropertyName(name);
            array.WriteTo(to);
        }
    }

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
