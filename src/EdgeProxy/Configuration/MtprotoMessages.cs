using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.Admin;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>
/// Sends the outbox's messages that go over MTProto, by the configured account, for Outbox, which may not know the Admin room. The random_id follows from
/// the message: the same message again, after a doubt or a crash, is taken by Telegram once, and a duplicate means that it was sent.
/// </summary>
internal sealed class MtprotoMessages(SidecarClient client, string account)
{
    public async Task<SendResult> SendAsync(PendingMessage message, CancellationToken stop)
    {
        string chat = message.Chat.Name ?? message.Chat.Id.ToString(CultureInfo.InvariantCulture);
        if (!SidecarPath.IsChat(chat)) return Result(SendOutcome.Rejected, 400, "no chat that MTProto can reach");
        SidecarReply reply = await client.CallAsync(HttpMethod.Post, SidecarPath.Chat(account, chat) + "/messages", Body(message), stop);
        int retryAfterS = (int)Math.Clamp((reply.RetryAfterMs + 999) / 1000, 0, int.MaxValue);
        return reply.Outcome switch
        {
            SidecarOutcome.Ok => new SendResult(SendOutcome.Sent, new ApiReply(200, Answer(reply), true, 0, null), 0, 1, 0),
            SidecarOutcome.Refused => Result(SendOutcome.Rejected, reply.Status, $"{reply.Code} {reply.Text("telegram_error")}".Trim()),
            SidecarOutcome.FloodWait => Result(SendOutcome.RetryAfter, reply.Status, reply.Code, retryAfterS),
            SidecarOutcome.NotSent => Result(SendOutcome.NotSent, reply.Status, reply.Code ?? "the MTProto process cannot be reached", retryAfterS),
            _ => Result(SendOutcome.Unknown, reply.Status, "no answer; it is sent again under its random_id"),
        };
    }

    private static SendResult Result(SendOutcome outcome, int status, string? description, int retryAfterS = 0) =>
        new(outcome, new ApiReply(status, [], false, retryAfterS, description), retryAfterS, 1, 0);

    // As the Bot API would say it, so that the message's id is found in it. A duplicate has none: Telegram does not say which it was.
    private static byte[] Answer(SidecarReply reply) =>
        Encoding.UTF8.GetBytes($$"""{"ok":true,"result":{ {{(reply.Number("message_id") is { } id ? $"\"message_id\":{id}" : "")}} } }""");

    private static byte[] Body(PendingMessage message) => AdminJson.Bytes(json =>
    {
        json.WriteString("random_id", RandomId(message));
        using JsonDocument parameters = JsonDocument.Parse(message.Parameters);
        foreach (JsonProperty parameter in parameters.RootElement.EnumerateObject())
        {
            JsonElement value = parameter.Value;
            switch (parameter.Name)
            {
                case "text":
                    parameter.WriteTo(json);
                    break;
                case "entities":
                    json.WriteStartArray("entities");
                    foreach (JsonElement entity in value.EnumerateArray()) WriteEntity(json, entity);
                    json.WriteEndArray();
                    break;
                case "message_thread_id":
                    json.WriteNumber("topic_id", value.GetInt64());
                    break;
                case "reply_parameters" when value.TryGetProperty("message_id", out JsonElement replied):
                    json.WriteNumber("reply_to_message_id", replied.GetInt64());
                    break;
                case "disable_notification":
                    json.WriteBoolean("silent", value.GetBoolean());
                    break;
                case "protect_content":
                    json.WriteBoolean("protect_content", value.GetBoolean());
                    break;
                case "link_preview_options" when value.TryGetProperty("is_disabled", out JsonElement disabled):
                    json.WriteBoolean("no_link_preview", disabled.GetBoolean());
                    break;
            }
        }
    });

    // The Bot API names a mentioned user by an object, MTProto by the number.
    private static void WriteEntity(Utf8JsonWriter json, JsonElement entity)
    {
        json.WriteStartObject();
        foreach (JsonProperty member in entity.EnumerateObject())
        {
            if (member.NameEquals("user")) json.WriteNumber("user_id", member.Value.GetProperty("id").GetInt64());
            else member.WriteTo(json);
        }

        json.WriteEndObject();
    }

    // With what is said, not the id alone: another installation may have a message of the same id, and the same account.
    private static string RandomId(PendingMessage message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"edgeproxy outbox {message.Id} {message.BotId}\n"));
        hash.AppendData(message.Parameters.Span);
        long id = BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset());
        return (id == 0 ? 1 : id).ToString(CultureInfo.InvariantCulture);
    }
}
