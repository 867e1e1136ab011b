namespace EdgeProxy.EndToEnd.Harness;

/// <summary>One message of a test. <paramref name="Marker"/> is its text and its idempotency key; <paramref name="Json"/> the request.</summary>
internal sealed record Letter(string Marker, int Bot, long Chat, bool Scheduled, bool MayRepeat, string Json)
{
    /// <summary>A letter that goes at once, or at <paramref name="notBefore"/>.</summary>
    public static Letter Of(string marker, int bot, long chat, DateTimeOffset? notBefore = null, bool mayRepeat = false)
    {
        var fields = new Dictionary<string, object> { ["bot"] = OutboxProxy.NameOf(bot), ["chat_id"] = chat, ["text"] = marker };
        if (notBefore is { } time)
            fields["not_before"] = time.UtcDateTime.ToString("O");
        if (mayRepeat)
            fields["on_unknown"] = "resend";
        return new Letter(marker, bot, chat, notBefore is not null, mayRepeat, System.Text.Json.JsonSerializer.Serialize(fields));
    }
}
