using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>One message of a channel or of an account's dialogs.</summary>
internal sealed class Message
{
    public required int Id { get; init; }

    /// <summary>The channel; null in a dialog with a user.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The other side of a dialog; 0 in a channel.</summary>
    public long PeerUserId { get; init; }

    public required long FromId { get; init; }

    /// <summary>Unix seconds.</summary>
    public required int Date { get; init; }

    public string Text { get; set; } = "";

    public List<object>? Entities { get; set; }

    public Media? Media { get; set; }

    /// <summary>Of a service message; null otherwise.</summary>
    public TlObject? Action { get; init; }

    /// <summary>0 outside of topics; 1 is General.</summary>
    public int TopicId { get; init; }

    public int ReplyToId { get; init; }

    public long RandomId { get; init; }

    public int EditDate { get; set; }

    public TlObject ToTl(User viewer)
    {
        var peer = Channel?.Peer() ?? new TlObject("peerUser") { ["user_id"] = PeerUserId };
        var from = new TlObject("peerUser") { ["user_id"] = FromId };
        if (Action is not null)
        {
            return new TlObject("messageService")
            {
                ["out"] = FromId == viewer.Id,
                ["id"] = Id,
                ["from_id"] = from,
                ["peer_id"] = peer,
                ["reply_to"] = Action.Name == "messageActionTopicCreate" ? null : ReplyHeader(),
                ["date"] = Date,
                ["action"] = Action,
            };
        }

        return new TlObject("message")
        {
            ["out"] = FromId == viewer.Id,
            ["id"] = Id,
            ["from_id"] = from,
            ["peer_id"] = peer,
            ["reply_to"] = ReplyHeader(),
            ["date"] = Date,
            ["message"] = Text,
            ["media"] = Media?.ToMessageMedia(),
            ["entities"] = Entities,
            ["edit_date"] = EditDate == 0 ? null : EditDate,
        };
    }

    private TlObject? ReplyHeader()
    {
        var inTopic = TopicId > Topic.General;
        if (!inTopic && ReplyToId == 0)
            return null;
        return new TlObject("messageReplyHeader")
        {
            ["forum_topic"] = inTopic,
            ["reply_to_msg_id"] = ReplyToId == 0 ? TopicId : ReplyToId,
            ["reply_to_top_id"] = inTopic && ReplyToId != 0 && ReplyToId != TopicId ? TopicId : null,
        };
    }
}
