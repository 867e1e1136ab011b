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

        // 2. The limits: an album weighs its items, copies and forwards their ids. allow_paid_broadcast of a bot that did not buy
        //    the paid tier changes nothing: the flag permits a charge, and without the tier there is none [FAQ, API; assumed].
        bool edit = MethodNames.IsEdit(call.Method);
        Admission admission = bot.Chats.Admit(bot.Chats.Get(chatId), count, edit ? 0 : count, bot.IsPaid && call.Flag("allow_paid_broadcast"));
        if (admission.RetryAfterS > 0)
        {
            return ApiResult.Flood(admission.RetryAfterS);
        }

        // 3. It happens, and is recorded.
        long messageId = edit ? call.Number("message_id", 0) : admission.MessageId;
        DateTimeOffset now = clock.GetUtcNow();
        if (call.Files.Count > 0)
        {
            files.Keep(call);
        }

        sends.Add(
            new SendEntry
            {
                BotId = bot.Id,
                Method = call.Method,
                ChatId = chatId,
                ChatNumber = admission.ChatNumber,
                MessageId = messageId,
                Weight = count,
                AtUnixMs = now.ToUnixTimeMilliseconds(),
            },
            call.Has("text") ? call.Text("text") : call.Text("caption"),
            call.Files);
        return inline ? ApiResult.True() : ApiResult.Ok(new MessageResult(files, bot, call, chatId, messageId, count, now).Write);
    }

    /// <summary>Messages that the call counts as.</summary>
    public static int WeightOf(ApiCall call) => call.Method switch
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

    /// <summary>The field of the file that a method sends; null when it sends none.</summary>
    public static string? MediaFieldOf(string method) => method switch
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
}
