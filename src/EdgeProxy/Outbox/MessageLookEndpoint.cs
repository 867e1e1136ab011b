using System.Globalization;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>GET /v1/messages/{id} and /v1/messages: what became of messages.</summary>
internal sealed class MessageLookEndpoint(BotAccess access, MessageJson shown, IOutboxStore store)
{
    /// <summary>Criteria of lists and of bulk decisions.</summary>
    public static readonly IReadOnlyList<ApiParameter> Filter =
    [
        new("status", "string", "States, separated by commas: queued, sending, sent, failed, unknown, cancelled, expired, suppressed."),
        new("chat", "string", "A chat as in chat_id."),
        new("bot", "string", "A bot's name."),
        new("since", "string", "Created at or after: RFC 3339 or Unix seconds."),
        new("error_code", "integer", "Telegram's error_code, such as 400 or 403."),
        new("broadcast", "string", "Id of a broadcast."),
    ];

    public IReadOnlyList<ApiOperation> Operations =>
    [
        new("GET", "/v1/messages/{id}", ApiScope.Read, "getMessage", "A message with its parameters and the history of its attempts.", GetAsync)
        {
            Answers = [(StatusCodes.Status200OK, "The message.", "MessageState")],
            Problems = [404],
        },
        new("GET", "/v1/messages", ApiScope.Read, "listMessages", "Messages, oldest first, page by page.", ListAsync)
        {
            Query =
            [
                .. Filter,
                new("cursor", "string", "next_cursor of the page before."),
                new("limit", "integer", $"Messages of a page, 1 to {Limits.OutboxPageMax}; 100 when absent."),
            ],
            Answers = [(StatusCodes.Status200OK, "A page.", "MessagePage")],
            Problems = [400],
        },
    ];

    /// <summary>The message if the key may see it.</summary>
    public static async Task<(MessageRecord? Message, Problem? Problem)> FindAsync(ApiRequest request, BotAccess access, IOutboxStore store)
    {
        if (!request.TryGetId(out MessageId id)) return (null, ApiProblems.NoMessage);
        MessageRecord? message = await store.FindAsync(id);
        if (message is null) return (null, ApiProblems.NoMessage);
        return (message, access.Admit(request.Key, message.BotId));
    }

    /// <summary>Reads one criterion of <see cref="Filter"/> but the bot.</summary>
    public static Problem? Take(string name, string text, ref MessageQuery query)
    {
        switch (name)
        {
            case "status":
                string words = string.Join(", ", StateNames.Messages);
                if (States(text) is not { } states) return ApiProblems.Field(name, $"\"{text}\" has a word that is none of {words}");
                query = query with { States = states };
                return null;
            case "chat":
                if (ChatField.FromText(text, out ChatTarget chat) is { } wrongChat) return ApiProblems.Field(name, wrongChat);
                query = query with { Chat = chat };
                return null;
            case "since":
                if (TimeField.FromText(text, out long since) is { } wrongTime) return ApiProblems.Field(name, wrongTime);
                query = query with { SinceUnixMs = since };
                return null;
            case "error_code":
                if (!Number(text, 1, 999, out int code)) return ApiProblems.Field(name, "must be a number such as 400 or 403");
                query = query with { ErrorCode = code };
                return null;
            default:
                if (!MessageId.TryParse(text, out MessageId broadcast)) return ApiProblems.Field(name, "is no id; ids have 16 hexadecimal digits");
                query = query with { BroadcastId = broadcast };
                return null;
        }
    }

    /// <summary>The limit of a list; 100 when absent.</summary>
    public static Problem? Limit(string? text, out int limit)
    {
        limit = 100;
        bool legal = text is null || Number(text, 1, Limits.OutboxPageMax, out limit);
        return legal ? null : ApiProblems.Field("limit", $"must be 1 to {Limits.OutboxPageMax}");
    }

    private async Task<Problem?> GetAsync(ApiRequest request)
    {
        (MessageRecord? message, Problem? problem) = await FindAsync(request, access, store);
        if (problem is not null) return problem;
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json => shown.WriteMembers(json, message!, whole: true));
        return null;
    }

    private async Task<Problem?> ListAsync(ApiRequest request)
    {
        if (ReadQuery(request, out MessageQuery query) is { } problem) return problem;
        MessagePage page = await store.ListAsync(query);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("messages"u8);
            foreach (MessageRecord message in page.Messages) shown.Write(json, message, whole: false);
            json.WriteEndArray();
            if (page.Next != default) json.WriteString("next_cursor"u8, page.Next.ToString());
            else json.WriteNull("next_cursor"u8);
        });
        return null;
    }

    private Problem? ReadQuery(ApiRequest request, out MessageQuery query)
    {
        query = new MessageQuery();
        IQueryCollection given = request.Context.Request.Query;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in given)
        {
            if (values.Count != 1 || values[0] is not { Length: > 0 } text) return ApiProblems.Field(name, "must be given once and not be empty");
            Problem? problem = null;
            if (name == "cursor")
            {
                if (!MessageId.TryParse(text, out MessageId after)) problem = ApiProblems.Field(name, "is no cursor; take next_cursor of the page before");
                query = query with { After = after };
            }
            else if (name == "limit")
            {
                problem = Limit(text, out int limit);
                query = query with { Limit = limit };
            }
            else if (name != "bot")
            {
                problem = Take(name, text, ref query);
            }

            if (problem is not null) return problem;
        }

        Problem? foreign = access.Limit(request.Key, given["bot"], out IReadOnlyList<long> botIds);
        query = query with { BotIds = botIds };
        return foreign;
    }

    private static List<MessageState>? States(string text)
    {
        var states = new List<MessageState>();
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!StateNames.TryParse(word, out MessageState state)) return null;
            if (!states.Contains(state)) states.Add(state);
        }

        return states;
    }

    private static bool Number(string text, int min, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max;
}
