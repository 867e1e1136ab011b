using EdgeProxy.FakeDc.Telegram;

namespace EdgeProxy.FakeDc.Control;

/// <summary>What there is, for JSON. Every method is called under the data centre's lock.</summary>
internal sealed class WorldReport(DataCentre centre)
{
    public object Summary() => new
    {
        groups = centre.World.Channels.Count(channel => !channel.IsDeleted),
        topics = centre.World.Channels.Sum(channel => channel.Topics.Count(topic => topic.Id != Topic.General)),
        messages = Sent().Count(),
        files = centre.Files.Stored.Count(),
        uploads = centre.Files.Uploads.Count(),
        accounts = centre.World.Users.Count(user => user.Phone.Length > 0),
        keys = centre.Keys.Count(),
        authorized_keys = centre.Keys.Count(key => key.UserId != 0),
        sessions = centre.Keys.Sum(key => key.Sessions.Count),
        connections = centre.ConnectionCount,
        faults_waiting = centre.Faults.Waiting,
    };

    public object Accounts() => centre.World.Users.Where(user => user.Phone.Length > 0).Select(user => new
    {
        id = user.Id,
        phone = user.Phone,
        first_name = user.FirstName,
        username = user.Username,
        keys = centre.Keys.Count(key => key.UserId == user.Id),
        devices = centre.Keys.Where(key => key.UserId == user.Id).Select(key => key.Device).ToList(),
    }).ToList();

    public object Groups() => centre.World.Channels.Where(channel => !channel.IsDeleted).Select(Group).ToList();

    public object? Group(long id) => centre.World.FindChannel(id) is { } channel ? Group(channel) : null;

    public object? Messages(long group) => centre.World.FindChannel(group)?.Messages.Select(Message).ToList();

    public object AllMessages() => Sent().Select(Message).ToList();

    public object Dialog(User user) => user.Messages.Select(Message).ToList();

    public object Files() => new
    {
        stored = centre.Files.Stored.Select(File).ToList(),
        uploads = centre.Files.Uploads
            .Select(it => new { user = it.User, file = it.File, parts = it.Upload.Count, bytes = it.Upload.Bytes }).ToList(),
    };

    private static object Group(Channel channel) => new
    {
        id = channel.Id,
        chat_id = -1_000_000_000_000 - channel.Id,
        title = channel.Title,
        about = channel.About,
        forum = channel.IsForum,
        creator = channel.Creator.Id,
        members = channel.Members.Count,
        bots = channel.Members.Where(member => member.User.IsBot).Select(member => member.User.Username).ToList(),
        admins = channel.Members.Where(member => member.Rights is not null).Select(member => new
        {
            id = member.User.Id,
            username = member.User.Username,
            rank = member.Rank,
            rights = Channel.NamesOf(member.Rights!),
        }).ToList(),
        photo = channel.Photo is null ? null : File(channel.Photo.File),
        topics = channel.Topics.Where(topic => topic.Id != Topic.General).Select(topic => new
        {
            id = topic.Id,
            title = topic.Title,
            icon_color = topic.IconColor,
            icon_emoji_id = topic.IconEmojiId,
            closed = topic.IsClosed,
            pinned = topic.IsPinned,
            random_id = topic.RandomId,
        }).ToList(),
        messages = channel.Messages.Count(message => message.Action is null),
        service_messages = channel.Messages.Count(message => message.Action is not null),
    };

    private static object Message(Message message) => new
    {
        id = message.Id,
        group = message.Channel?.Id,
        user = message.PeerUserId == 0 ? (long?)null : message.PeerUserId,
        from = message.FromId,
        topic = message.TopicId,
        reply_to = message.ReplyToId,
        text = message.Text,
        random_id = message.RandomId,
        action = message.Action?.Name,
        photo = message.Media?.IsPhoto == true,
        file = message.Media is null ? null : File(message.Media.File),
        mime_type = message.Media?.MimeType,
    };

    private static object File(StoredFile file) => new { name = file.Name, size = file.Size, sha256 = file.Sha256, parts = file.Offsets.Length };

    private IEnumerable<Message> Sent() => centre.World.Channels.SelectMany(channel => channel.Messages)
        .Concat(centre.World.Users.SelectMany(user => user.Messages))
        .Where(message => message.Action is null);
}
