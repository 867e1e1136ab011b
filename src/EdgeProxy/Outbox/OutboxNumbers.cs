using System.Text;
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

    public static long LaneOf(ChatTarget chat) => chat.Name is null ? chat.Id : LaneKey.OfHash(Fnv(0, chat.Name)).Value;

    public static int FlagsOf(bool paid, OnUnknown onUnknown, Uri? callback) =>
        (paid ? OutboxSchema.FlagPaid : 0) | (onUnknown == OnUnknown.Resend ? OutboxSchema.FlagResend : 0)
        | (callback is null ? 0 : OutboxSchema.FlagCallback);

    public static long HashOf(long bot, string key) => (long)Fnv((ulong)bot, key);

    // FNV-1a, 64 bits. Only narrows a search: the key itself is compared.
    private static ulong Fnv(ulong seed, string text)
    {
        ulong hash = 14_695_981_039_346_656_037UL ^ seed;
        Span<byte> utf8 = stackalloc byte[Limits.IdempotencyKeyCharsMax * 3];
        byte[]? large = text.Length > Limits.IdempotencyKeyCharsMax ? Encoding.UTF8.GetBytes(text) : null;
        ReadOnlySpan<byte> bytes = large ?? utf8[..Encoding.UTF8.GetBytes(text, utf8)];
        foreach (byte one in bytes) hash = (hash ^ one) * 1_099_511_628_211UL;
        return hash;
    }
}
