using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>channels.*: supergroups themselves. Their members are in <see cref="MemberMethods"/>, their topics in <see cref="TopicMethods"/>.</summary>
internal sealed class ChannelMethods(DataCentre centre)
{
    private const int TitleMax = 128;
    private const int AboutMax = 255;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["channels.createChannel"] = Create;
        methods["channels.deleteChannel"] = Delete;
        methods["channels.toggleForum"] = ToggleForum;
        methods["channels.getChannels"] = call => new TlObject("messages.chats")
        {
            ["chats"] = call.Request.List("id").Select(object (it) => Peers.Channel(centre, call, (TlObject)it).ToTl(call.User)).ToList(),
        };
        methods["channels.getFullChannel"] = Full;
        methods["channels.editTitle"] = EditTitle;
        methods["channels.togglePreHistoryHidden"] = call => Answers.ChannelChanged(call, centre, Mine(call, "change_info"));
        methods["channels.leaveChannel"] = Leave;
        methods["messages.editChatAbout"] = EditAbout;
        methods["messages.editChatDefaultBannedRights"] = call => Answers.ChannelChanged(call, centre, Mine(call, "ban_users"));
        methods["messages.exportChatInvite"] = call => new TlObject("chatInviteExported")
        {
            ["link"] = $"https://t.me/+{Mine(call, "invite_users").Id}",
            ["admin_id"] = call.User.Id,
            ["date"] = centre.Now,
        };
    }

    /// <summary>The channel that the request names, if the caller may do <paramref name="right"/> there.</summary>
    private Channel Mine(Call call, string right) => Mine(centre, call, right);

    public static Channel Mine(DataCentre centre, Call call, string right)
    {
        var channel = Peers.Channel(centre, call, call.Request.Maybe("channel") ?? call.Request.Object("peer"));
        return channel.CanAdminister(call.User, right) ? channel : throw RpcException.Bad("CHAT_ADMIN_REQUIRED");
    }

    private static string CheckedTitle(string title) => title.Trim() switch
    {
        "" => throw RpcException.Bad("CHAT_TITLE_EMPTY"),
        { Length: > TitleMax } => throw RpcException.Bad("CHAT_TITLE_TOO_LONG"),
        var trimmed => trimmed,
    };

    private static string CheckedAbout(string about) => about.Length > AboutMax ? throw RpcException.Bad("CHAT_ABOUT_TOO_LONG") : about;

    private TlObject Create(Call call)
    {
        var request = call.Request;
        var channel = centre.World.AddChannel(CheckedTitle(request.Text("title")), CheckedAbout(request.Text("about")), call.User);
        channel.IsBroadcast = request.Bool("broadcast");
        var message = channel.PostService(call.User, centre.Now, new TlObject("messageActionChannelCreate") { ["title"] = channel.Title });
        if (request.Bool("forum"))
            channel.BecomeForum();
        List<object> updates = [new TlObject("updateChannel") { ["channel_id"] = channel.Id }, .. Answers.Announcement(call, message)];
        return Answers.Updates(call, centre, updates, channel);
    }

    private TlObject Delete(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        if (channel.Creator != call.User)
            throw RpcException.Bad("CHAT_ADMIN_REQUIRED");
        channel.IsDeleted = true;
        return Answers.ChannelChanged(call, centre, channel);
    }

    private TlObject ToggleForum(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        if (channel.Creator != call.User)
            throw RpcException.Bad("CHAT_ADMIN_REQUIRED");
        if (channel.IsForum == call.Request.Bool("enabled") && channel.HasTabs == call.Request.Bool("tabs"))
            throw RpcException.Bad("CHAT_NOT_MODIFIED");
        channel.HasTabs = call.Request.Bool("tabs");
        if (call.Request.Bool("enabled"))
            channel.BecomeForum();
        else
            channel.IsForum = false;
        return Answers.ChannelChanged(call, centre, channel);
    }

    private TlObject Full(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        return new TlObject("messages.chatFull")
        {
            ["full_chat"] = new TlObject("channelFull")
            {
                ["can_view_participants"] = true,
                ["can_delete_channel"] = channel.Creator == call.User,
                ["id"] = channel.Id,
                ["about"] = channel.About,
                ["participants_count"] = channel.Members.Count,
                ["admins_count"] = channel.Members.Count(member => member.Rights is not null || member.User == channel.Creator),
                ["read_inbox_max_id"] = channel.LastMessageId,
                ["read_outbox_max_id"] = channel.LastMessageId,
                ["unread_count"] = 0,
                ["chat_photo"] = channel.Photo?.ToTl() ?? new TlObject("photoEmpty") { ["id"] = 0L },
                ["notify_settings"] = new TlObject("peerNotifySettings"),
                ["bot_info"] = new List<object>(),
                ["pts"] = channel.Pts,
            },
            ["chats"] = new List<object> { channel.ToTl(call.User) },
            ["users"] = Answers.Users(call, centre, [channel.Creator.Id]),
        };
    }

    private TlObject EditTitle(Call call)
    {
        var channel = Mine(call, "change_info");
        var title = CheckedTitle(call.Request.Text("title"));
        if (title == channel.Title)
            throw RpcException.Bad("CHAT_NOT_MODIFIED");
        channel.Title = title;
        var message = channel.PostService(call.User, centre.Now, new TlObject("messageActionChatEditTitle") { ["title"] = title });
        return Answers.NewMessage(call, centre, message);
    }

    private object EditAbout(Call call)
    {
        var channel = Mine(call, "change_info");
        var about = CheckedAbout(call.Request.Text("about"));
        if (about == channel.About)
            throw RpcException.Bad("CHAT_ABOUT_NOT_MODIFIED");
        channel.About = about;
        return true;
    }

    private TlObject Leave(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
        channel.Leave(call.User);
        return Answers.ChannelChanged(call, centre, channel);
    }
}
