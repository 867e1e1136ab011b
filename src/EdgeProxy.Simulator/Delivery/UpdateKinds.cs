namespace EdgeProxy.Simulator.Delivery;

/// <summary>The kinds that allowed_updates may name [TELEGRAM-FACTS, Update kinds].</summary>
internal static class UpdateKinds
{
    private static readonly HashSet<string> Known =
    [
        "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
        "edited_business_message", "deleted_business_messages", "guest_message", "message_reaction", "message_reaction_count",
        "inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media",
        "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost",
        "managed_bot", "subscription", "stopped_message_generation",
    ];

    public static bool Contains(string kind) => Known.Contains(kind);
}
