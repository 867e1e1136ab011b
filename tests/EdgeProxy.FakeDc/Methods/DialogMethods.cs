using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>The caller's list of chats, newest first.</summary>
internal sealed class DialogMethods(DataCentre centre)
{
    private const int PageMax = 100;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["messages.getDialogs"] = Page;
        methods["messages.getPeerDialogs"] = call =>
        {
            var wanted = call.Request.List("peers").Cast<TlObject>().Select(it => it.Maybe("peer")).OfType<TlObject>()
                .Select(peer => Math.Max(peer.Long("channel_id"), peer.Name == "inputPeerSelf" ? call.User.Id : peer.Long("user_id"))).ToHashSet();
            var answer = Listed(call, "messages.peerDialogs", All(call.User).FindAll(it => wanted.Contains(it.Channel?.Id ?? it.UserId)));
            answer["state"] = Answers.State(call, centre);
            return answer;
        };
    }

    private TlObject Page(Call call)
    {
        var request = call.Request;
        var all = request.Int("folder_id") == 0 ? All(call.User) : [];
        var offset = request.Object("offset_peer");
        var offsetId = Math.Max(offset.Long("channel_id"), offset.Long("user_id"));
        var start = 0;
        if (offsetId != 0)
            start = all.FindIndex(it => (it.Channel?.Id ?? it.UserId) == offsetId) + 1;
        else if (request.Int("offset_date") != 0)
            start = all.FindIndex(it => it.Top.Date < request.Int("offset_date")) is var found and >= 0 ? found : all.Count;
        var page = all.Skip(start).Take(Math.Clamp(request.Int("limit"), 1, PageMax)).ToList();
        var isWhole = start == 0 && page.Count == all.Count;
        var answer = Listed(call, isWhole ? "messages.dialogs" : "messages.dialogsSlice", page);
        answer["count"] = all.Count;
        return answer;
    }

    private List<(Channel? Channel, long UserId, Message Top)> All(User user)
    {
        var dialogs = new List<(Channel? Channel, long UserId, Message Top)>();
        foreach (var channel in centre.World.Channels)
        {
            if (!channel.IsDeleted && channel.Has(user) && channel.Messages.LastOrDefault() is { } top)
                dialogs.Add((channel, 0, top));
        }

        foreach (var byPeer in user.Messages.GroupBy(message => message.PeerUserId))
            dialogs.Add((null, byPeer.Key, byPeer.Last()));
        // Newest first; of one second, the younger chat first, so that pages do not depend on chance.
        dialogs.Sort((left, right) => (right.Top.Date, right.Channel?.Id ?? right.UserId).CompareTo((left.Top.Date, left.Channel?.Id ?? left.UserId)));
        return dialogs;
    }

    private TlObject Listed(Call call, string name, List<(Channel? Channel, long UserId, Message Top)> dialogs) => new(name)
    {
        ["dialogs"] = dialogs.Select(object (it) => new TlObject("dialog")
        {
            ["peer"] = it.Channel?.Peer() ?? new TlObject("peerUser") { ["user_id"] = it.UserId },
            ["top_message"] = it.Top.Id,
            ["read_inbox_max_id"] = it.Top.Id,
            ["read_outbox_max_id"] = it.Top.Id,
            ["unread_count"] = 0,
            ["unread_mentions_count"] = 0,
            ["unread_reactions_count"] = 0,
            ["unread_poll_votes_count"] = 0,
            ["notify_settings"] = new TlObject("peerNotifySettings"),
            ["pts"] = it.Channel?.Pts,
        }).ToList(),
        ["messages"] = dialogs.Select(object (it) => it.Top.ToTl(call.User)).ToList(),
        ["chats"] = dialogs.Where(it => it.Channel is not null).Select(object (it) => it.Channel!.ToTl(call.User)).ToList(),
        ["users"] = Answers.Users(call, centre, dialogs.SelectMany(it => new[] { it.UserId, it.Top.FromId }).Append(call.User.Id)),
    };
}
