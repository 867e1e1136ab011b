using System.Globalization;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>Forum topics: create, rename, change or clear the icon, close, reopen, hide, delete; and lists of topics and of Telegram's icons.</summary>
internal sealed class TopicEndpoint(AdminHost host, JobDesk jobs)
{
    private const int TitleCharsMax = 128;
    private const int EmojiCharsMax = 32;

    /// <summary>Telegram's six colours of topics without an icon (messages.createForumTopic).</summary>
    private static readonly long[] Colors = [0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F];

    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("GET", $"{root}/topic-icons", "topicIcons", "Telegram's set of topic icons, by emoji.", request => GetAsync(request, "/topic-icons"))
        {
            Query = [GroupEndpoint.AccountParameter],
        },
        new("GET", $"{root}/groups/{{chat}}/topics", "listTopics", "A page of topics.", ListAsync)
        {
            Query =
            [
                GroupEndpoint.AccountParameter,
                new("q", "string", "Titles that contain this."),
                new("cursor", "string", "next of the page before."),
                new("limit", "integer", "Topics of a page, 1 to 100."),
            ],
        },
        new("POST", $"{root}/groups/{{chat}}/topics", "createTopics", "Creates one topic, or those of the list topics.", CreateAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminNewTopics"),
        },
        new("PATCH", $"{root}/groups/{{chat}}/topics/{{topic}}", "editTopic", "Renames, changes or clears the icon, closes, reopens, hides.", EditAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminTopicChange"),
        },
        new("DELETE", $"{root}/groups/{{chat}}/topics/{{topic}}", "deleteTopic", "Deletes a topic with its messages.", DeleteAsync)
        {
            MakesJob = true,
            Query = [GroupEndpoint.AccountParameter],
        },
    ];

    /// <summary>Reads a topic to create.</summary>
    public static NewStep NewTopic(BodyFields fields)
    {
        string? title = fields.Text("title", TitleCharsMax, required: true);
        string? emoji = fields.Text("icon_emoji", EmojiCharsMax);
        long? color = fields.Integer("icon_color", 0, 0xFFFFFF);
        if (color is { } given && !Colors.Contains(given)) fields.Wrong<string>("icon_color", $"must be one of {string.Join(", ", Colors)}");
        string input = AdminJson.Text(json =>
        {
            json.WriteString("title", title);
            if (!string.IsNullOrEmpty(emoji)) json.WriteString("icon_emoji", emoji);
            if (color is { } value) json.WriteNumber("icon_color", value);
        });
        return new NewStep(StepKind.CreateTopic, title ?? "", input);
    }

    private async Task<Problem?> GetAsync(AdminRequest request, string rest)
    {
        if (jobs.Account(request, out string account) is { } problem) return problem;
        return await AdminBody.RelayAsync(request.Context, await host.Client.GetAsync(SidecarPath.Account(account) + rest, request.Aborted));
    }

    private Task<Problem?> ListAsync(AdminRequest request)
    {
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return Task.FromResult<Problem?>(GroupEndpoint.BadChat);
        var query = new StringBuilder();
        foreach (string name in (string[])["q", "cursor", "limit"])
        {
            if (request.Query(name) is { } value) query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return GetAsync(request, $"/chats/{Uri.EscapeDataString(chat)}/topics{query}");
    }

    private async Task<Problem?> CreateAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return GroupEndpoint.BadChat;
        string? account = jobs.Account(fields);
        List<BodyFields> topics = fields.Objects("topics", Limits.AdminTopicsMax);
        List<NewStep> steps = topics.Count > 0 ? [.. topics.Select(NewTopic)] : [NewTopic(fields)];
        if (fields.End([.. topics]) is { } wrong) return wrong;
        return await jobs.TakeAsync(request, new NewJob(JobKind.CreateTopics, account!, chat, steps), hash);
    }

    private async Task<Problem?> EditAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        if (Target(request, out string chat, out string topic) is { } misplaced) return misplaced;
        string? account = jobs.Account(fields);
        string? title = fields.Has("title") ? fields.Text("title", TitleCharsMax, required: true) : null;
        string? emoji = fields.Text("icon_emoji", EmojiCharsMax);
        bool clears = fields.IsNull("icon_emoji");
        (bool? closed, bool? hidden) = (fields.Flag("closed"), fields.Flag("hidden"));
        if (fields.End() is { } wrong) return wrong;
        if (title is null && emoji is null && !clears && closed is null && hidden is null)
        {
            return AdminProblems.Field("title", "or icon_emoji, closed or hidden: nothing is to be changed");
        }

        string input = AdminJson.Text(json =>
        {
            if (title is not null) json.WriteString("title", title);
            if (clears) json.WriteNull("icon_emoji");
            else if (emoji is not null) json.WriteString("icon_emoji", emoji);
            if (closed is { } isClosed) json.WriteBoolean("closed", isClosed);
            if (hidden is { } isHidden) json.WriteBoolean("hidden", isHidden);
        });
        return await jobs.TakeAsync(request, new NewJob(JobKind.EditTopic, account!, chat, [new NewStep(StepKind.EditTopic, topic, input)]), hash);
    }

    private async Task<Problem?> DeleteAsync(AdminRequest request)
    {
        (_, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (problem is not null) return problem;
        if (Target(request, out string chat, out string topic) is { } misplaced) return misplaced;
        if (jobs.Account(request, out string account) is { } missing) return missing;
        return await jobs.TakeAsync(request, new NewJob(JobKind.DeleteTopic, account, chat, [new NewStep(StepKind.DeleteTopic, topic, "{}")]), hash);
    }

    private static Problem? Target(AdminRequest request, out string chat, out string topic)
    {
        (chat, topic) = (request.Route("chat"), request.Route("topic"));
        if (!SidecarPath.IsChat(chat)) return GroupEndpoint.BadChat;
        bool isId = int.TryParse(topic, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0;
        return isId ? null : AdminProblems.Field("topic", "must be a topic's number, message_thread_id of the Bot API");
    }
}
