using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Objects that many methods answer with.</summary>
internal static class Answers
{
    public static TlObject Updates(Call call, DataCentre centre, List<object> updates, Channel? channel, params User[] users) => new("updates")
    {
        ["updates"] = updates,
        ["users"] = users.Append(call.User).Distinct().Select(object (user) => user.ToTl(call.User)).ToList(),
        ["chats"] = channel is null ? new List<object>() : [channel.ToTl(call.User)],
        ["date"] = centre.Now,
        ["seq"] = 0,
    };

    /// <summary>One new message of a channel, with what else it changed.</summary>
    public static TlObject NewMessage(Call call, DataCentre centre, Message message, params User[] users) =>
        Updates(call, centre, [.. Announcement(call, message)], message.Channel, users);

    /// <summary>updateMessageID, where the client gave a number, and the message.</summary>
    public static IEnumerable<TlObject> Announcement(Call call, Message message)
    {
        if (message.RandomId != 0)
            yield return new TlObject("updateMessageID") { ["id"] = message.Id, ["random_id"] = message.RandomId };
        yield return new TlObject(message.Channel is null ? "updateNewMessage" : "updateNewChannelMessage")
        {
            ["message"] = message.ToTl(call.User),
            ["pts"] = message.Channel?.Pts ?? call.User.Messages.Count + 1,
            ["pts_count"] = 1,
        };
    }

    public static TlObject ChannelChanged(Call call, DataCentre centre, Channel channel, params User[] users) =>
        Updates(call, centre, [new TlObject("updateChannel") { ["channel_id"] = channel.Id }], channel, users);

    public static List<object> Users(Call call, DataCentre centre, IEnumerable<long> ids) =>
        ids.Distinct().Select(centre.World.FindUser).OfType<User>().Select(object (user) => user.ToTl(call.User)).ToList();

    public static TlObject State(Call call, DataCentre centre) => new("updates.state")
    {
        ["pts"] = call.User.Messages.Count + 1,
        ["qts"] = 0,
        ["date"] = centre.Now,
        ["seq"] = 1,
        ["unread_count"] = 0,
    };

    public static TlObject Affected(int pts, int count) => new("messages.affectedMessages") { ["pts"] = pts, ["pts_count"] = count };
}
