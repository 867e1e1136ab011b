using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>One call of a method, unwrapped, with who makes it.</summary>
internal sealed record Call(Session Session, long MessageId, TlObject Request, User? Caller)
{
    public AuthKey Key => Session.Key.Permanent;

    /// <summary>The logged-in caller; methods that need none do not ask.</summary>
    /// <exception cref="RpcException">401 AUTH_KEY_UNREGISTERED.</exception>
    public User User => Caller ?? throw new RpcException(401, "AUTH_KEY_UNREGISTERED");

    /// <summary>The chat or user that the request speaks of, without sign; 0 when it speaks of none.</summary>
    public long Peer
    {
        get
        {
            var peer = Request.Maybe("peer") ?? Request.Maybe("channel") ?? Request.Maybe("user_id");
            return peer is null ? 0 : Math.Max(peer.Long("channel_id"), peer.Long("user_id"));
        }
    }
}
