using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>A supergroup, forum or not.</summary>
internal sealed class Channel
{
    private static readonly string[] RightNames =
    [
        "change_info", "post_messages", "edit_messages", "delete_messages", "ban_users", "invite_users", "pin_messages", "add_admins",
        "manage_call", "other", "manage_topics", "anonymous", "post_stories", "edit_stories", "delete_stories", "manage_direct_messages",
        "manage_ranks",
    ];

    private readonly Dictionary<long, Member> _byUser = [];

    public required long Id { get; init; }

    public required long AccessHash { get; init; }

    public required string Title { get; set; }

    public required string About { get; set; }

    public required User Creator { get; init; }

    public required int Date { get; init; }

    public bool IsForum { get; set; }

    public bool HasTabs { get; set; }

    public bool IsBroadcast { get; set; }

    public bool IsDeleted { get; set; }

    public Media? Photo { get; set; }

    public int Pts { get; set; } = 1;

    public int LastMessageId { get; private set; }

    /// <summary>In the order in which they joined.</summary>
    public List<Member> Members { get; } = [];

    /// <summary>Changes whenever the members do: what was found by name is then stale.</summary>
    public int MembersVersion { get; private set; }

    /// <summary>Ascending by id; deleted ones are gone.</summary>
    public List<Message> Messages { get; } = [];

    public List<Topic> Topics { get; } = [];

    public static TlObject AllRights()
    {
        var rights = new TlObject("chatAdminRights");
        foreach (var name in RightNames)
            rights[name] = name != "anonymous";
        return rights;
    }

    public static List<string> NamesOf(TlObject rights) => [.. RightNames.Where(rights.Bool)];

    public bool Has(User user) => _byUser.ContainsKey(user.Id);

    public Member? Member(long userId) => _byUser.GetValueOrDefault(userId);

    public Member Join(User user, int date, long inviterId)
    {
        var member = new Member { User = user, Date = date, InviterId = inviterId };
        _byUser.Add(user.Id, member);
        Members.Add(member);
        MembersVersion++;
        return member;
    }

    public void Leave(User user)
    {
        if (_byUser.Remove(user.Id, out var member))
            Members.Remove(member);
        MembersVersion++;
    }

    public bool CanAdminister(User user, string right) => Creator == user || _byUser.GetValueOrDefault(user.Id)?.Rights?.Bool(right) == true;

    public Topic? Topic(int id) => Topics.Find(topic => topic.Id == id);

    public Message? FindMessage(int id) => Messages.Find(message => message.Id == id);

    /// <summary>Adds a message, numbers it and moves its topic up.</summary>
    public Message Post(Func<int, Message> make)
    {
        var message = make(++LastMessageId);
        Messages.Add(message);
        Pts++;
        if (Topic(IsForum ? Math.Max(message.TopicId, Telegram.Topic.General) : 0) is { } topic)
            topic.TopMessage = message.Id;
        return message;
    }

    public Message PostService(User from, int date, TlObject action, int topicId = 0) =>
        Post(id => new Message
        {
            Id = id,
            Channel = this,
            FromId = from.Id,
            Date = date,
            Action = action,
            TopicId = action.Name == "messageActionTopicCreate" ? id : topicId,
        });

    /// <summary>After messages went: a topic's newest is the newest that is left.</summary>
    public void LowerTopics()
    {
        foreach (var topic in Topics)
            topic.TopMessage = Messages.FindLast(message => Math.Max(message.TopicId, Telegram.Topic.General) == topic.Id)?.Id ?? topic.Id;
    }

    /// <summary>Makes it a forum: the General topic is there from the first message on.</summary>
    public void BecomeForum()
    {
        IsForum = true;
        if (Topic(Telegram.Topic.General) is null)
        {
            Topics.Add(new Topic
            {
                Id = Telegram.Topic.General,
                Date = Date,
                CreatorId = Creator.Id,
                Title = "General",
                TopMessage = Messages.LastOrDefault(message => message.TopicId <= 1)?.Id ?? 1,
            });
        }
    }

    public TlObject Peer() => new("peerChannel") { ["channel_id"] = Id };

    public TlObject ToTl(User viewer) => new("channel")
    {
        ["creator"] = Creator == viewer,
        ["megagroup"] = !IsBroadcast,
        ["broadcast"] = IsBroadcast,
        ["forum"] = IsForum,
        ["forum_tabs"] = HasTabs,
        ["left"] = !Has(viewer),
        ["id"] = Id,
        ["access_hash"] = AccessHash,
        ["title"] = Title,
        ["photo"] = Photo is null ? new TlObject("chatPhotoEmpty") : new TlObject("chatPhoto") { ["photo_id"] = Photo.Id, ["dc_id"] = Photo.DcId },
        ["date"] = Date,
        ["admin_rights"] = Creator == viewer ? AllRights() : Member(viewer.Id)?.Rights,
        ["default_banned_rights"] = new TlObject("chatBannedRights") { ["until_date"] = int.MaxValue },
    };
}
