using System.Globalization;
using System.Text.Json;

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// What Telegram delivers one after the other: updates of one bot with equal keys. Messages, edits and posts share a chat's queue;
/// the other kinds have queues of their own [TELEGRAM-FACTS, Webhook delivery].
/// </summary>
/// <param name="Group">"chat", or a kind, or "single" for an update that stands alone.</param>
/// <param name="Id">Chat, user, poll or update id.</param>
internal readonly record struct DeliveryKey(string Group, long Id)
{
    /// <summary>The kind of an update (the name of its first member beside update_id) and its key.</summary>
    public static (string Kind, DeliveryKey Key) Of(JsonElement update)
    {
        foreach (JsonProperty property in update.EnumerateObject())
        {
            if (property.Name != "update_id" && property.Value.ValueKind == JsonValueKind.Object)
            {
                return (property.Name, Of(property.Name, property.Value, update));
            }
        }

        return ("", Single(update));
    }

    private static DeliveryKey Of(string kind, JsonElement body, JsonElement update) => kind switch
    {
        "message" or "edited_message" or "channel_post" or "edited_channel_post" or "business_message" or "edited_business_message"
            or "deleted_business_messages" or "guest_message" => ById("chat", body, "chat", update),
        "callback_query" or "inline_query" or "chosen_inline_result" or "chat_member" or "chat_join_request" or "shipping_query"
            or "pre_checkout_query" or "purchased_paid_media" => ById(kind, body, "from", update),
        "poll_answer" or "business_connection" => ById(kind, body, "user", update),
        "my_chat_member" or "message_reaction" or "message_reaction_count" or "chat_boost" or "removed_chat_boost" =>
            ById(kind, body, "chat", update),
        "poll" => body.TryGetProperty("id", out JsonElement id) && long.TryParse(
            id.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long poll)
            ? new DeliveryKey("poll", poll)
            : Single(update),
        _ => Single(update),
    };

    private static DeliveryKey ById(string group, JsonElement body, string member, JsonElement update) =>
        body.TryGetProperty(member, out JsonElement owner) && owner.ValueKind == JsonValueKind.Object
            && owner.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out long value)
            ? new DeliveryKey(group, value)
            : Single(update);

    private static DeliveryKey Single(JsonElement update) =>
        new("single", update.TryGetProperty("update_id", out JsonElement id) && id.TryGetInt64(out long value) ? value : 0);
}
