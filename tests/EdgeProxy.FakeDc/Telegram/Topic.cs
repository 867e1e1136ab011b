using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>One topic of a forum. Its id is that of the service message that made it; General is 1.</summary>
internal sealed class Topic
{
    public const int General = 1;
    public const int DefaultColor = 0x6FB9F0;

    public required int Id { get; init; }

    public required int Date { get; init; }

    public required long CreatorId { get; init; }

    public required string Title { get; set; }

    public int IconColor { get; init; } = DefaultColor;

    /// <summary>0 for the coloured letter.</summary>
    public long IconEmojiId { get; set; }

    public bool IsClosed { get; set; }

    public bool IsHidden { get; set; }

    public bool IsPinned { get; set; }

    public int TopMessage { get; set; }

    /// <summary>The number that the client made it with.</summary>
    public long RandomId { get; init; }

    public TlObject ToTl(Channel channel, User viewer) => new("forumTopic")
    {
        ["my"] = CreatorId == viewer.Id,
        ["closed"] = IsClosed,
        ["pinned"] = IsPinned,
        ["hidden"] = IsHidden,
        ["id"] = Id,
        ["date"] = Date,
        ["peer"] = channel.Peer(),
        ["title"] = Title,
        ["icon_color"] = IconColor,
        ["icon_emoji_id"] = IconEmojiId == 0 ? null : IconEmojiId,
        ["top_message"] = TopMessage,
        ["read_inbox_max_id"] = TopMessage,
        ["read_outbox_max_id"] = TopMessage,
        ["unread_count"] = 0,
        ["unread_mentions_count"] = 0,
        ["unread_reactions_count"] = 0,
        ["unread_poll_votes_count"] = 0,
        ["from_id"] = new TlObject("peerUser") { ["user_id"] = CreatorId },
        ["notify_settings"] = new TlObject("peerNotifySettings"),
    };
}
