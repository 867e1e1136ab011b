using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Reading, changing and deleting what was sent. Offsets: core.telegram.org/api/offsets.</summary>
internal sealed class HistoryMethods(DataCentre centre)
{
    private const int PageMax = 100;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["messages.getHistory"] = call => Page(call, _ => true);
        methods["messages.getReplies"] = call => Page(
            call, message => message.TopicId == call.Request.Int("msg_id") || message.ReplyToId == call.Request.Int("msg_id"));
        methods["messages.search"] = Search;
        methods["messages.getMessages"] = call => Listed(call, null, Named(call, call.User.Messages), null);
        methods["channels.getMessages"] = call =>
        {
            var channel = Peers.Channel(centre, call, call.Request.Object("channel"));
            return Listed(call, channel, Named(call, channel.Messages), null);
        };
        methods["messages.readHistory"] = call => Answers.Affected(call.User.Messages.Count + 1, 0);
        methods["channels.readHistory"] = call => Peers.Channel(centre, call, call.Request.Object("channel")) is not null;
        methods["messages.setTyping"] = call => call.User is not null;
        methods["messages.editMessage"] = Edit;
        methods["messages.deleteMessages"] = call => Delete(call, null);
        methods["channels.deleteMessages"] = call => Delete(call, Peers.Channel(centre, call, call.Request.Object("channel")));
    }

    private (Channel? Channel, List<Message> Messages) Box(Call call)
    {
        var peer = call.Request.Object("peer");
        if (peer.Name == "inputPeerChannel")
        {
            var channel = Peers.Channel(centre, call, peer);
            return (channel, channel.Messages);
        }

        var user = Peers.User(centre, call, peer);
        return (null, call.User.Messages.FindAll(message => message.PeerUserId == user.Id));
    }

    private TlObject Search(Call call)
    {
        var request = call.Request;
        var query = request.Text("q");
        var topic = request.Int("top_msg_id");
        var from = request.Maybe("from_id") is { } sender ? Peers.User(centre, call, sender) : null;
        var filter = request.Object("filter").Name;
        return Page(call, message =>
            message.Text.Contains(query, StringComparison.OrdinalIgnoreCase)
            && (topic == 0 || message.TopicId == topic)
            && (from is null || message.FromId == from.Id)
            && (filter == "inputMessagesFilterEmpty"
                || (filter == "inputMessagesFilterDocument" && message.Media is { IsPhoto: false })
                || (filter == "inputMessagesFilterPhotos" && message.Media is { IsPhoto: true })));
    }

    /// <summary>Newest first, from below offset_id.</summary>
    private TlObject Page(Call call, Predicate<Message> isWanted)
    {
        var (channel, messages) = Box(call);
        var wanted = messages.FindAll(isWanted);
        wanted.Reverse();
        var request = call.Request;
        var offsetId = request.Int("offset_id");
        var start = offsetId == 0 ? 0 : wanted.FindIndex(message => message.Id < offsetId);
        start = start < 0 ? wanted.Count : start;
        var page = wanted
            .Skip(Math.Max(0, start + request.Int("add_offset")))
            .Where(message => message.Id > request.Int("min_id") && (request.Int("max_id") == 0 || message.Id < request.Int("max_id")))
            .Take(Math.Clamp(request.Int("limit"), 0, PageMax))
            .ToList();
        return Listed(call, channel, page.Select(object (message) => message.ToTl(call.User)).ToList(), wanted.Count);
    }

    private static List<object> Named(Call call, List<Message> messages) => call.Request.List("id").Cast<TlObject>().Select(object (input) =>
    {
        var id = input.Int("id");
        return messages.Find(message => message.Id == id)?.ToTl(call.User) ?? new TlObject("messageEmpty") { ["id"] = id };
    }).ToList();

    private TlObject Listed(Call call, Channel? channel, List<object> messages, int? count)
    {
        var authors = messages.Cast<TlObject>().Select(message => message.Maybe("from_id")?.Long("user_id") ?? 0);
        var answer = new TlObject(channel is not null ? "messages.channelMessages" : count is null ? "messages.messages" : "messages.messagesSlice")
        {
            ["count"] = count ?? messages.Count,
            ["messages"] = messages,
            ["topics"] = new List<object>(),
            ["chats"] = channel is null ? new List<object>() : [channel.ToTl(call.User)],
            ["users"] = Answers.Users(call, centre, authors.Append(call.User.Id)),
        };
        if (channel is not null)
            answer["pts"] = channel.Pts;
        return answer;
    }

    private TlObject Edit(Call call)
    {
        var (channel, messages) = Box(call);
        var message = messages.Find(it => it.Id == call.Request.Int("id")) ?? throw RpcException.Bad("MESSAGE_ID_INVALID");
        if (message.FromId != call.User.Id)
            throw new RpcException(403, "MESSAGE_AUTHOR_REQUIRED");
        if (call.Request.Text("message") == message.Text)
            throw RpcException.Bad("MESSAGE_NOT_MODIFIED");
        message.Text = call.Request.Text("message");
        message.Entities = call.Request["entities"] as List<object>;
        message.EditDate = centre.Now;
        if (channel is not null)
            channel.Pts++;
        var update = new TlObject(channel is null ? "updateEditMessage" : "updateEditChannelMessage")
        {
            ["message"] = message.ToTl(call.User),
            ["pts"] = channel?.Pts ?? call.User.Messages.Count + 1,
            ["pts_count"] = 1,
        };
        return Answers.Updates(call, centre, [update], channel);
    }

    private static TlObject Delete(Call call, Channel? channel)
    {
        var ids = call.Request.List("id").Cast<int>().ToHashSet();
        if (channel is not null && !channel.CanAdminister(call.User, "delete_messages"))
            throw new RpcException(403, "MESSAGE_DELETE_FORBIDDEN");
        var count = (channel?.Messages ?? call.User.Messages).RemoveAll(message => ids.Contains(message.Id));
        if (channel is null)
            return Answers.Affected(call.User.Messages.Count + 1, count);
        channel.Pts += count;
        channel.LowerTopics();
        return Answers.Affected(channel.Pts, count);
    }
}
