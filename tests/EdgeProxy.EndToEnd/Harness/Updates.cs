namespace EdgeProxy.EndToEnd.Harness;

/// <summary>Updates as Telegram words them.</summary>
internal static class Updates
{
    /// <summary>A private text message; <paramref name="sequence"/> is its number in its chat.</summary>
    public static string Message(long updateId, long chat, long sequence, string text = "hello")
    {
        var date = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return $$"""
            {"update_id":{{updateId}},"message":{"message_id":{{sequence}},"from":{"id":{{chat}},"is_bot":false,"first_name":"A"},
            "chat":{"id":{{chat}},"first_name":"A","type":"private"},"date":{{date}},"text":"{{text}}" } }
            """;
    }
}
