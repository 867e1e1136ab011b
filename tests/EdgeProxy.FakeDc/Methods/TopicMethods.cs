using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Topics of forums, under the names that they have in the library's layer. Source: core.telegram.org/api/forum.</summary>
internal sealed class TopicMethods(DataCentre centre)
{
    private const int TitleMax = 128;
    private const int PageMax = 100;

    private static readonly int[] Colors = [0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F];

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["messages.createForumTopic"] = Create;
        methods["messages.editForumTopic"] = Edit;
        methods["messages.getForumTopics"] = Page;
        methods["messages.getForumTopicsByID"] = ById;
        methods["messages.updatePinnedForumTopic"] = Pin;
        methods["messages.deleteTopicHistory"] = Delete;
    }

    private Channel Forum(Call call)
    {
        var channel = Peers.Channel(centre, call, call.Request.Object("peer"));
        return channel.IsForum ? channel : throw RpcException.Bad("CHANNEL_FORUM_MISSING");
    }

    private Channel ManagedForum(Call call)
    {
        var channel = Forum(call);
        return channel.CanAdminister(call.User, "manage_topics") ? channel : throw RpcException.Bad("CHAT_ADMIN_REQUIRED");
    }

    private static string CheckedTitle(string title) => title.Trim() switch
    {
        "" => throw RpcException.Bad("TOPIC_TITLE_EMPTY"),
        { Length: > TitleMax } => throw RpcException.Bad("TOPIC_TITLE_TOO_LONG"),
        var trimmed => trimmed,
    };

    private long CheckedIcon(long id) =>
        id == 0 || centre.Icons.Find(id) is not null ? id : throw RpcException.Bad("DOCUMENT_INVALID");

    private TlObject Create(Call call)
    {
        var channel = ManagedForum(call);
        var randomId = call.Request.Long("random_id");
        if (randomId != 0 && !call.User.RandomIds.TryAdd(randomId, 0))
            throw new RpcException(500, "RANDOM_ID_DUPLICATE");
        try
        {
            var title = CheckedTitle(call.Request.Text("title"));
            var icon = CheckedIcon(call.Request.Long("icon_emoji_id"));
            var color = Colors.Contains(call.Request.Int("icon_color")) ? call.Request.Int("icon_color") : Topic.DefaultColor;
            var message = channel.PostService(call.User, centre.Now, new TlObject("messageActionTopicCreate")
            {
                ["title"] = title,
                ["icon_color"] = color,
                ["icon_emoji_id"] = icon == 0 ? null : icon,
            });
            channel.Topics.Add(new Topic
            {
                Id = message.Id,
                Date = message.Date,
                CreatorId = call.User.Id,
                Title = title,
                IconColor = color,
                IconEmojiId = icon,
                TopMessage = message.Id,
                RandomId = randomId,
            });
            call.User.RandomIds[randomId] = message.Id;
            List<object> updates = [new TlObject("updateMessageID") { ["id"] = message.Id, ["random_id"] = randomId }, .. Answers.Announcement(call, message)];
            return Answers.Updates(call, centre, updates, channel);
        }
        catch (RpcException)
        {
            call.User.RandomIds.Remove(randomId);
            throw;
        }
    }

    private TlObject Edit(Call call)
    {
        var channel = ManagedForum(call);
        var request = call.Request;
        var topic = channel.Topic(request.Int("topic_id")) ?? throw RpcException.Bad("TOPIC_ID_INVALID");
        var action = new TlObject("messageActionTopicEdit");
        if (request["title"] is string title && CheckedTitle(title) != topic.Title)
            action["title"] = topic.Title = CheckedTitle(title);
        if (request["icon_emoji_id"] is long icon && CheckedIcon(icon) != topic.IconEmojiId)
            action["icon_emoji_id"] = topic.IconEmojiId = icon;
        if (request["closed"] is bool closed && closed != topic.IsClosed)
            action["closed"] = topic.IsClosed = closed;
        if (request["hidden"] is bool hidden && hidden != topic.IsHidden)
        {
            if (topic.Id != Topic.General)
                throw RpcException.Bad("TOPIC_HIDE_INVALID");
            action["hidden"] = topic.IsHidden = hidden;
        }

        if (!action.Has("title") && action["icon_emoji_id"] is null && action["closed"] is null && action["hidden"] is null)
            throw RpcException.Bad("TOPIC_NOT_MODIFIED");
        return Answers.NewMessage(call, centre, channel.PostService(call.User, centre.Now, action, topic.Id));
    }

    /// <summary>Pinned ones first, then by their newest message.</summary>
    private TlObject Page(Call call)
    {
        var channel = Forum(call);
        var query = call.Request.Text("q");
        var all = channel.Topics
            .Where(topic => topic.Title.Contains(query, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(topic => topic.IsPinned)
            .ThenByDescending(topic => topic.TopMessage)
            .ToList();
        var after = call.Request.Int("offset_topic");
        var start = after == 0 ? 0 : all.FindIndex(topic => topic.Id == after) + 1;
        var page = all.Skip(start).Take(Math.Clamp(call.Request.Int("limit"), 0, PageMax)).ToList();
        return Listed(call, channel, page.Select(object (topic) => topic.ToTl(channel, call.User)).ToList(), page, all.Count);
    }

    private TlObject ById(Call call)
    {
        var channel = Forum(call);
        var ids = call.Request.List("topics").Cast<int>().ToList();
        var found = ids.Select(channel.Topic).OfType<Topic>().ToList();
        var answers = ids
            .Select(object (id) => channel.Topic(id)?.ToTl(channel, call.User) ?? new TlObject("forumTopicDeleted") { ["id"] = id })
            .ToList();
        return Listed(call, channel, answers, found, answers.Count);
    }

    private TlObject Listed(Call call, Channel channel, List<object> answers, List<Topic> topics, int count)
    {
        var messages = topics.Select(topic => channel.FindMessage(topic.TopMessage)).OfType<Message>().ToList();
        return new TlObject("messages.forumTopics")
        {
            ["count"] = count,
            ["topics"] = answers,
            ["messages"] = messages.Select(object (message) => message.ToTl(call.User)).ToList(),
            ["chats"] = new List<object> { channel.ToTl(call.User) },
            ["users"] = Answers.Users(call, centre, topics.Select(topic => topic.CreatorId).Concat(messages.Select(message => message.FromId))),
            ["pts"] = channel.Pts,
        };
    }

    private TlObject Pin(Call call)
    {
        var channel = ManagedForum(call);
        var topic = channel.Topic(call.Request.Int("topic_id")) ?? throw RpcException.Bad("TOPIC_ID_INVALID");
        if (topic.IsPinned == call.Request.Bool("pinned"))
            throw RpcException.Bad("PINNED_TOPIC_NOT_MODIFIED");
        topic.IsPinned = call.Request.Bool("pinned");
        return Answers.ChannelChanged(call, centre, channel);
    }

    private TlObject Delete(Call call)
    {
        var channel = Forum(call);
        if (!channel.CanAdminister(call.User, "delete_messages"))
            throw RpcException.Bad("CHAT_ADMIN_REQUIRED");
        var topic = channel.Topic(call.Request.Int("top_msg_id")) ?? throw RpcException.Bad("TOPIC_ID_INVALID");
        if (topic.Id == Topic.General)
            throw RpcException.Bad("TOPIC_ID_INVALID");
        channel.Topics.Remove(topic);
        var count = channel.Messages.RemoveAll(message => message.TopicId == topic.Id);
        channel.Pts += count;
        return new TlObject("messages.affectedHistory") { ["pts"] = channel.Pts, ["pts_count"] = count, ["offset"] = 0 };
    }
}
