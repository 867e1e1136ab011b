using System.Text.Json.Nodes;
using EdgeProxy.Simulator.Control;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>Executes a call that has been read: the table of methods. getUpdates waits and is served by its own path.</summary>
internal sealed class BotApi(MessageMethods messages, WebhookMethods webhook, FileStore files, FaultTable faults, SimStats stats)
{
    public ApiResult Execute(FakeBot bot, ApiCall call)
    {
        if (!MethodNames.Contains(call.Method))
        {
            return ApiResult.Fail(404, "Not Found: method not found");
        }

        ApiResult result = FaultOf(bot, call) ?? (MethodNames.IsSend(call.Method) ? messages.Execute(bot, call) : Other(bot, call));
        if (result.Status == 429)
        {
            stats.Flood();
        }

        return result;
    }

    private ApiResult Other(FakeBot bot, ApiCall call) => call.Method switch
    {
        "getme" => ApiResult.Ok(Me(bot)),
        "setwebhook" => webhook.Set(bot, call),
        "deletewebhook" => webhook.Delete(bot, call),
        "getwebhookinfo" => WebhookMethods.Info(bot),
        "getfile" => files.GetFile(call),
        "answercallbackquery" => call.Has("callback_query_id")
            ? ApiResult.True()
            : ApiResult.BadRequest("query is too old and response timeout expired or query ID is invalid"),
        "getchat" => WithChat(call, ChatIds.ToJson),
        "getchatmembercount" => WithChat(call, chat => JsonValue.Create(chat > 0 ? 2 : 100)),
        "getchatadministrators" => WithChat(call, _ => new JsonArray(Member(bot.Id, true, "administrator"))),
        "getchatmember" => WithChat(call, _ => Member(call.Number("user_id", 0), call.Number("user_id", 0) == bot.Id, "member")),
        "getmycommands" or "getforumtopiciconstickers" or "getcustomemojistickers" => ApiResult.Ok(new JsonArray()),
        "getuserprofilephotos" => ApiResult.Ok(new JsonObject { ["total_count"] = 0, ["photos"] = new JsonArray() }),
        "deletemessage" => WithMessage(call, "message_id"),
        "deletemessages" => WithMessage(call, "message_ids"),
        "sendchataction" => WithChat(call, _ => JsonValue.Create(true)),
        "exportchatinvitelink" => WithChat(call, _ => JsonValue.Create("https://t.me/+Simulated")),
        _ => call.Method.StartsWith("get", StringComparison.Ordinal) ? ApiResult.Ok(new JsonObject()) : ApiResult.True(),
    };

    /// <summary>Faults that Telegram expresses in an answer.</summary>
    private ApiResult? FaultOf(FakeBot bot, ApiCall call)
    {
        long chat = ChatIds.Of(call);
        if (faults.Take(FaultKind.Flood, bot.Id, call.Method, chat) is { } flood)
        {
            return ApiResult.Flood(flood.RetryAfter);
        }

        if (call.Method == "sendmediagroup" && faults.Take(FaultKind.AlbumFlood, bot.Id, call.Method, chat) is { } album)
        {
            return ApiResult.AlbumFlood(album.RetryAfter);
        }

        if (faults.Take(FaultKind.BadRequest, bot.Id, call.Method, chat) is { } bad)
        {
            return ApiResult.BadRequest(bad.Description);
        }

        if (faults.Take(FaultKind.NotFound, bot.Id, call.Method, chat) is not null)
        {
            return ApiResult.Fail(404, "Not Found");
        }

        if (chat == 0)
        {
            return null;
        }

        if (faults.Take(FaultKind.Migrated, bot.Id, call.Method, chat) is { } migrated)
        {
            return ApiResult.Migrated(migrated.MigrateToChatId);
        }

        return faults.Take(FaultKind.Blocked, bot.Id, call.Method, chat) is null ? null
            : ApiResult.Fail(403, chat > 0
                ? "Forbidden: bot was blocked by the user"
                : $"Forbidden: bot was kicked from the {ChatIds.TypeOf(chat)} chat");
    }

    private static ApiResult WithChat(ApiCall call, Func<long, JsonNode> make)
    {
        if (!call.Has("chat_id"))
        {
            return ApiResult.BadRequest("chat_id is empty");
        }

        long chat = ChatIds.Of(call);
        return chat == 0 ? ApiResult.BadRequest("chat not found") : ApiResult.Ok(make(chat));
    }

    private static ApiResult WithMessage(ApiCall call, string name) => call.Has(name)
        ? WithChat(call, _ => JsonValue.Create(true))
        : ApiResult.BadRequest("message identifier is not specified");

    private static JsonObject Member(long userId, bool isBot, string status) => new()
    {
        ["user"] = new JsonObject { ["id"] = userId, ["is_bot"] = isBot, ["first_name"] = "User " + userId },
        ["status"] = status,
    };

    private static JsonObject Me(FakeBot bot) => new()
    {
        ["id"] = bot.Id,
        ["is_bot"] = true,
        ["first_name"] = "Simulated bot",
        ["username"] = bot.Username,
        ["can_join_groups"] = true,
        ["can_read_all_group_messages"] = false,
        ["supports_inline_queries"] = false,
    };
}
