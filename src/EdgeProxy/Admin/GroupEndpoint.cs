using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Groups. POST …/groups makes one with everything in it, a "company group": group, photo, bots as administrators, topics; each is a step of its own,
/// so that a bot that cannot be added undoes nothing.
/// </summary>
internal sealed class GroupEndpoint(AdminHost host, JobDesk jobs)
{
    private const int TitleCharsMax = 128;
    private const int AboutCharsMax = 255;
    private const int RankCharsMax = 16;

    private static readonly string[] Rights =
    [
        "change_info", "post_messages", "edit_messages", "delete_messages", "restrict_members", "invite_users", "pin_messages", "promote_members",
        "anonymous", "manage_video_chats", "manage_chat", "manage_topics", "post_stories", "edit_stories", "delete_stories",
    ];

    /// <summary>What a bot gets that is named without rights: to keep order and topics, not to make administrators.</summary>
    private static readonly string[] UsualRights = ["change_info", "delete_messages", "restrict_members", "invite_users", "pin_messages", "manage_topics"];

    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("POST", $"{root}/groups", "createGroup", "Creates a supergroup, with photo, bots and topics when they are given.", CreateAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminNewGroup"),
        },
        new("GET", $"{root}/groups/{{chat}}", "getGroup", "What Telegram says about the group now.", GetAsync)
        {
            Query = [AccountParameter],
            Answer = ("application/json", "AdminGroup"),
        },
        new("POST", $"{root}/groups/{{chat}}/photo", "setPhoto", "Sets the group's photo.", PhotoAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminPhoto"),
        },
        new("POST", $"{root}/groups/{{chat}}/bots", "addBots", "Adds bots and makes them administrators; each has its own result.", BotsAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminBots"),
        },
    ];

    public static AdminParameter AccountParameter => new("account", "string", "Whose session asks; Mtproto:DefaultAccount when absent.");

    private async Task<Problem?> CreateAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        string? account = jobs.Account(fields);
        string? title = fields.Text("title", TitleCharsMax, required: true);
        string? about = fields.Text("about", AboutCharsMax);
        List<BodyFields> topics = fields.Objects("topics", Limits.AdminTopicsMax);
        bool isForum = fields.Flag("forum") ?? topics.Count > 0;
        if (topics.Count > 0 && !isForum) fields.Wrong<string>("forum", "is false, but topics are asked for");
        string input = AdminJson.Text(json =>
        {
            json.WriteString("title", title);
            json.WriteString("about", about ?? "");
            json.WriteBoolean("forum", isForum);
        });
        List<NewStep> steps = [new(StepKind.CreateGroup, title ?? "", input)];
        if (Photo(fields, required: false) is { } photo) steps.Add(photo);
        List<BodyFields> bots = fields.Objects("bots", Limits.AdminBotsMax);
        steps.AddRange(bots.Select(Bot));
        steps.AddRange(topics.Select(TopicEndpoint.NewTopic));
        if (fields.End([.. bots, .. topics]) is { } wrong) return wrong;
        return await jobs.TakeAsync(request, new NewJob(JobKind.CreateGroup, account!, null, steps), hash);
    }

    private async Task<Problem?> GetAsync(AdminRequest request)
    {
        if (jobs.Account(request, out string account) is { } problem) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return BadChat;
        return await AdminBody.RelayAsync(request.Context, await host.Client.GetAsync(SidecarPath.Chat(account, chat), request.Aborted));
    }

    private async Task<Problem?> PhotoAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return BadChat;
        string? account = jobs.Account(fields);
        NewStep? photo = Photo(fields, required: true);
        if (fields.End() is { } wrong) return wrong;
        return await jobs.TakeAsync(request, new NewJob(JobKind.SetPhoto, account!, chat, [photo!]), hash);
    }

    private async Task<Problem?> BotsAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return BadChat;
        string? account = jobs.Account(fields);
        List<BodyFields> bots = fields.Objects("bots", Limits.AdminBotsMax);
        if (bots.Count == 0) fields.Wrong<string>("bots", "names no bot");
        List<NewStep> steps = [.. bots.Select(Bot)];
        if (fields.End([.. bots]) is { } wrong) return wrong;
        return await jobs.TakeAsync(request, new NewJob(JobKind.AddBots, account!, chat, steps), hash);
    }

    public static Problem BadChat => AdminProblems.Field("chat", "must be a chat's number as the Bot API writes it, or @username");

    private static NewStep Bot(BodyFields fields)
    {
        string? bot = fields.Text("bot", 65, required: true);
        if (bot is not null && !bot.StartsWith('@')) bot = "@" + bot;
        if (bot is not null && !SidecarPath.IsUsername(bot)) fields.Wrong<string>("bot", "must be a bot's @username");
        IReadOnlyList<string> rights = fields.Words("rights", Rights) ?? (IReadOnlyList<string>)UsualRights;
        string? rank = fields.Text("rank", RankCharsMax);
        string input = AdminJson.Text(json =>
        {
            json.WriteStartArray("rights");
            foreach (string right in rights) json.WriteStringValue(right);
            json.WriteEndArray();
            json.WriteString("rank", rank ?? "");
        });
        return new NewStep(StepKind.AddBot, bot ?? "", input);
    }

    private static NewStep? Photo(BodyFields fields, bool required)
    {
        const int CharsMax = ((Limits.AdminPhotoBytesMax + 2) / 3) * 4;
        if (fields.Text("photo", CharsMax, required) is not { Length: > 0 } base64) return null;
        byte[] image = new byte[Limits.AdminPhotoBytesMax];
        bool isImage = Convert.TryFromBase64String(base64, image, out int length) && length > 4
            && (image.AsSpan().StartsWith(Jpeg) || image.AsSpan().StartsWith(Png));
        if (!isImage) return fields.Wrong<NewStep>("photo", $"must be a JPEG or PNG of at most {Limits.AdminPhotoBytesMax} bytes as base64");
        return new NewStep(StepKind.SetPhoto, "photo", AdminJson.Text(json => json.WriteBase64String("photo", image.AsSpan(0, length))));
    }

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    private static ReadOnlySpan<byte> Png => [0x89, 0x50, 0x4E, 0x47];
}
