using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Who is in a supergroup: lists as Telegram cuts them, invitations, admins. Source: core.telegram.org/method/channels.getParticipants.</summary>
internal sealed class MemberMethods(DataCentre centre)
{
    /// <summary>No filter shows more than this many, however far one pages.</summary>
    private const int ListedMax = 10_000;

    private const int PageMax = 200;
    private const int RankMax = 16;
    private const int AdminsMax = 50;
    private const int BotsMax = 20;
    private const int FoundKept = 64;

    private readonly Dictionary<(long Channel, string Query), (int Version, List<Member> Members)> _found = [];

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["channels.getParticipants"] = Participants;
        methods["channels.getParticipant"] = Participant;
        methods["channels.inviteToChannel"] = Invite;
        methods["channels.editAdmin"] = EditAdmin;
        methods["channels.editBanned"] = EditBanned;
    }

    private TlObject Participants(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        var offset = Math.Max(0, call.Request.Int("offset"));
        var limit = Math.Clamp(call.Request.Int("limit"), 0, PageMax);
        var all = Filtered(channel, call.Request.Object("filter"));
        var page = all.Take(ListedMax).Skip(offset).Take(limit).ToList();
        return new TlObject("channels.channelParticipants")
        {
            ["count"] = all.Count,
            ["participants"] = page.Select(object (member) => member.ToTl(channel, call.User)).ToList(),
            ["chats"] = new List<object> { channel.ToTl(call.User) },
            ["users"] = page.Select(object (member) => member.User.ToTl(call.User)).ToList(),
        };
    }

    private List<Member> Filtered(Channel channel, TlObject filter) => filter.Name switch
    {
        "channelParticipantsRecent" => channel.Members,
        "channelParticipantsAdmins" => channel.Members.FindAll(member => member.Rights is not null || member.User == channel.Creator),
        "channelParticipantsBots" => channel.Members.FindAll(member => member.User.IsBot),
        "channelParticipantsSearch" => Search(channel, filter.Text("q").Trim()),
        _ => [],
    };

    /// <summary>Members of whom some word of the name, or the username, begins with the query.</summary>
    private List<Member> Search(Channel channel, string query)
    {
        if (query.Length == 0)
            return channel.Members;
        if (_found.TryGetValue((channel.Id, query), out var found) && found.Version == channel.MembersVersion)
            return found.Members;
        var members = channel.Members.FindAll(member => Matches(member.User, query));
        if (_found.Count >= FoundKept)
            _found.Clear();
        _found[(channel.Id, query)] = (channel.MembersVersion, members);
        return members;
    }

    private static bool Matches(User user, string query) =>
        Begins(user.FirstName, query) || Begins(user.LastName, query) || user.Username.StartsWith(query, StringComparison.OrdinalIgnoreCase);

    private static bool Begins(string words, string query)
    {
        for (var at = 0; at >= 0 && at < words.Length; at = words.IndexOf(' ', at) is var space and >= 0 ? space + 1 : -1)
        {
            if (words.AsSpan(at).StartsWith(query, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private TlObject Participant(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        var user = Peers.User(centre, call, call.Request.Object("participant"));
        var member = channel.Member(user.Id) ?? throw RpcException.Bad("USER_NOT_PARTICIPANT");
        return new TlObject("channels.channelParticipant")
        {
            ["participant"] = member.ToTl(channel, call.User),
            ["chats"] = new List<object> { channel.ToTl(call.User) },
            ["users"] = new List<object> { user.ToTl(call.User) },
        };
    }

    private TlObject Invite(Call call)
    {
        var channel = ChannelMethods.Mine(centre, call, "invite_users");
        var users = call.Request.List("users").Select(it => Peers.User(centre, call, (TlObject)it)).ToList();
        var added = new List<User>();
        foreach (var user in users)
        {
            CheckMayEnter(channel, user);
            if (channel.Has(user))
                continue;
            channel.Join(user, centre.Now, call.User.Id);
            added.Add(user);
        }

        var updates = added.Count == 0
            ? Answers.ChannelChanged(call, centre, channel)
            : Answers.NewMessage(call, centre, AddedMessage(call, channel, added), [.. added]);
        return new TlObject("messages.invitedUsers") { ["updates"] = updates, ["missing_invitees"] = new List<object>() };
    }

    private Message AddedMessage(Call call, Channel channel, List<User> added) => channel.PostService(
        call.User,
        centre.Now,
        new TlObject("messageActionChatAddUser") { ["users"] = added.Select(object (user) => user.Id).ToList() });

    private static void CheckMayEnter(Channel channel, User user)
    {
        if (user.NoGroups)
            throw RpcException.Bad("BOT_GROUPS_BLOCKED");
        if (user.IsBot && !channel.Has(user) && channel.Members.Count(member => member.User.IsBot) >= BotsMax)
            throw RpcException.Bad("BOTS_TOO_MUCH");
    }

    private TlObject EditAdmin(Call call)
    {
        var channel = ChannelMethods.Mine(centre, call, "add_admins");
        var user = Peers.User(centre, call, call.Request.Object("user_id"));
        var rights = call.Request.Object("admin_rights");
        var rank = call.Request.Text("rank");
        if (user == channel.Creator && call.User != user)
            throw RpcException.Bad("USER_CREATOR");
        if (rank.Length > RankMax)
            throw RpcException.Bad("ADMIN_RANK_INVALID");
        if (rank.Any(char.IsSurrogate))
            throw RpcException.Bad("ADMIN_RANK_EMOJI_NOT_ALLOWED");
        CheckMayEnter(channel, user);
        var isDemotion = rights.Int("flags") == 0;
        if (!channel.Has(user) && (!user.IsBot || isDemotion))
            throw RpcException.Bad("USER_NOT_PARTICIPANT");
        if (channel.Members.Count(it => it.Rights is not null) >= AdminsMax && channel.Member(user.Id)?.Rights is null)
            throw RpcException.Bad("ADMINS_TOO_MUCH");
        // A bot that becomes an admin enters with it, as it does in the apps.
        var member = channel.Member(user.Id) ?? channel.Join(user, centre.Now, call.User.Id);
        member.Rights = isDemotion ? null : rights;
        member.Rank = isDemotion ? "" : rank;
        member.PromotedBy = call.User.Id;
        return Answers.ChannelChanged(call, centre, channel, user);
    }

    private TlObject EditBanned(Call call)
    {
        var channel = ChannelMethods.Mine(centre, call, "ban_users");
        var user = Peers.User(centre, call, call.Request.Object("participant"));
        if (user == channel.Creator)
            throw RpcException.Bad("USER_ADMIN_INVALID");
        if (call.Request.Object("banned_rights").Bool("view_messages"))
            channel.Leave(user);
        return Answers.ChannelChanged(call, centre, channel, user);
    }
}
