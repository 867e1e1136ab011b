using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>users.*, contacts.* and the state of updates, of which this data centre sends none on its own.</summary>
internal sealed class UserMethods(DataCentre centre)
{
    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["users.getUsers"] = call => call.Request.List("id").Select(object (it) => One(call, (TlObject)it)).ToList();
        methods["users.getFullUser"] = Full;
        methods["updates.getState"] = call => Answers.State(call, centre);
        methods["updates.getDifference"] = call => new TlObject("updates.differenceEmpty") { ["date"] = call.User is null ? 0 : centre.Now, ["seq"] = 1 };
        methods["updates.getChannelDifference"] = call => new TlObject("updates.channelDifferenceEmpty")
        {
            ["final"] = true,
            ["pts"] = Peers.Channel(centre, call, call.Request.Object("channel")).Pts,
            ["timeout"] = 30,
        };
        methods["contacts.resolveUsername"] = call => Resolved(call, centre.World.FindUsername(call.Request.Text("username")), "USERNAME_NOT_OCCUPIED");
        methods["contacts.resolvePhone"] = call => Resolved(call, centre.World.FindPhone(call.Request.Text("phone")), "PHONE_NOT_OCCUPIED");
        methods["contacts.getContacts"] = call => new TlObject("contacts.contacts")
        {
            ["contacts"] = new List<object>(),
            ["saved_count"] = call.User is null ? 0 : 0,
            ["users"] = new List<object>(),
        };
    }

    private TlObject One(Call call, TlObject input)
    {
        var user = Peers.FindUser(centre, call, input);
        return user is null ? new TlObject("userEmpty") { ["id"] = input.Long("user_id") } : user.ToTl(call.User);
    }

    private TlObject Full(Call call)
    {
        var user = Peers.User(centre, call, call.Request.Object("id"));
        return new TlObject("users.userFull")
        {
            ["full_user"] = new TlObject("userFull")
            {
                ["id"] = user.Id,
                ["settings"] = new TlObject("peerSettings"),
                ["notify_settings"] = new TlObject("peerNotifySettings"),
                ["common_chats_count"] = 0,
            },
            ["chats"] = new List<object>(),
            ["users"] = new List<object> { user.ToTl(call.User) },
        };
    }

    private static TlObject Resolved(Call call, User? user, string otherwise)
    {
        var viewer = call.User;
        return new TlObject("contacts.resolvedPeer")
        {
            ["peer"] = new TlObject("peerUser") { ["user_id"] = (user ?? throw RpcException.Bad(otherwise)).Id },
            ["chats"] = new List<object>(),
            ["users"] = new List<object> { user.ToTl(viewer) },
        };
    }
}
