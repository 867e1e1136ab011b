using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Finds whom an input object names. The access hash must be right, as it must be with Telegram.</summary>
internal static class Peers
{
    /// <returns>Null when there is no such user or the hash is wrong.</returns>
    public static User? FindUser(DataCentre centre, Call call, TlObject input)
    {
        if (input.Name is "inputUserSelf" or "inputPeerSelf")
            return call.User;
        var user = centre.World.FindUser(input.Long("user_id"));
        return user is not null && (user == call.User || input.Long("access_hash") == user.AccessHash) ? user : null;
    }

    /// <exception cref="RpcException">USER_ID_INVALID, PEER_ID_INVALID.</exception>
    public static User User(DataCentre centre, Call call, TlObject input) =>
        FindUser(centre, call, input)
        ?? throw RpcException.Bad(input.Name.StartsWith("inputPeer", StringComparison.Ordinal) ? "PEER_ID_INVALID" : "USER_ID_INVALID");

    /// <summary>A channel that the caller is in, by inputChannel or inputPeerChannel.</summary>
    /// <exception cref="RpcException">CHANNEL_INVALID, CHANNEL_PRIVATE.</exception>
    public static Channel Channel(DataCentre centre, Call call, TlObject input)
    {
        var channel = centre.World.FindChannel(input.Long("channel_id"));
        if (channel is null || input.Long("access_hash") != channel.AccessHash)
            throw RpcException.Bad("CHANNEL_INVALID");
        if (channel.IsDeleted || !channel.Has(call.User))
            throw RpcException.Bad("CHANNEL_PRIVATE");
        return channel;
    }
}
