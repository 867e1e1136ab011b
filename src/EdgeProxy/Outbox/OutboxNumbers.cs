using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>What both engines make of bots, chats and keys: the numbers that their rows are found by.</summary>
internal static class OutboxNumbers
{
    // Ids are far above bot · 4 + priority: the first ones would be of 2020.
    public const long FirstBroadcast = 1L << 50;

    public static long QueueOf(long bot, LanePriority priority) => (bot << 2) | (long)priority;

    /// <summary>Whose; only for ordinary queues.</summary>
    public static long BotOf(long queue) => queue >> 2;

    public static bool IsBroadcastQueue(long queue) => queue >= FirstBroadcast;

    public static long LaneOf(ChatTarget chat) => chat.Name is null ? chat.Id : LaneKey.OfHash(Fnv1A.Hash(0, chat.Name)).Value;

    public static int FlagsOf(bool paid, OnUnknown onUnknown, Uri? callback, Transport transport = Transport.BotApi) =>
        (paid ? OutboxSchema.FlagPaid : 0) | (onUnknown == OnUnknown.Resend ? OutboxSchema.FlagResend : 0)
        | (callback is null ? 0 : OutboxSchema.FlagCallback) | (transport == Transport.Mtproto ? OutboxSchema.FlagMtproto : 0);

    public static Transport TransportOf(long flags) => (flags & OutboxSchema.FlagMtproto) != 0 ? Transport.Mtproto : Transport.BotApi;

    // Only narrows a search: the key itself is compared.
    public static long HashOf(long bot, string key) => (long)Fnv1A.Hash((ulong)bot, key);
}
