using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeProxy.Cluster;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Fanout;

/// <summary>
/// Cursors of one partition in Redis, beside its stream: hash {NAME:pN}:cursors, a field a subscription, replaced whole. Each write names the epoch
/// of the lease it is made under and is refused when that is not the last one; it also carries a number that grows, so that a write which a broken
/// connection delayed cannot replace a newer one.
/// <code>
/// | position i64 LE | low i64 LE | CursorCodec's bytes |      under the empty field: "epoch number" of the last write
/// </code>
/// </summary>
internal sealed class RedisCursors : ICursorStore
{
    private const int HeadBytes = 16;

    // KEYS: epoch, cursors. ARGV: epoch, number, (subscription, value)*. 1 stored, 0 another epoch, 2 a newer write was first.
    private static readonly RedisScript SaveFenced = new(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        local last = redis.call('HGET', KEYS[2], '')
        if last then
          local e, n = string.match(last, '^(%d+) (%d+)$')
          if e == ARGV[1] and tonumber(n) >= tonumber(ARGV[2]) then return 2 end
        end
        redis.call('HSET', KEYS[2], '', ARGV[1] .. ' ' .. ARGV[2])
        for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
        return 1
        """);

    // KEYS: cursors. ARGV: (subscription, value)*.
    private static readonly RedisScript PlaceNew = new(
        """
        for i = 1, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
        return 1
        """);

    private readonly RedisClient _redis;
    private readonly byte[] _epochKey;
    private readonly byte[] _cursorsKey;
    private readonly byte[] _epoch;
    private long _number;

    /// <param name="epoch">Of the lease on the partition; 0 for a store that only places new cursors.</param>
    public RedisCursors(RedisClient redis, string cluster, int partition, long epoch)
    {
        _redis = redis;
        string name = ClusterKeys.Partition(partition);
        (_epochKey, _cursorsKey) = (ClusterKeys.Epoch(cluster, name), ClusterKeys.Of(cluster, name, "cursors"));
        _epoch = Encoding.ASCII.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));
    }

    public string? Fault { get; private set; }

    public async Task<CursorRow?[]?> LoadAsync(IReadOnlyList<Subscription> subscriptions)
    {
        if (subscriptions.Count == 0) return [];
        using RedisCommand command = _redis.Rent("HMGET"u8).Key(_cursorsKey);
        foreach (Subscription subscription in subscriptions) command.Add(Encoding.UTF8.GetBytes(subscription.CursorKey));
        command.IsIdempotent = true;
        return await AskAsync(command).ConfigureAwait(false) ? Rows(command.Reply, subscriptions.Count) : null;
    }

    public async Task<CursorSaveOutcome> SaveAsync(IReadOnlyList<CursorCapture> captures)
    {
        for (int at = 0; at < captures.Count;)
        {
            using RedisCommand command = _redis.Rent(SaveFenced, 2).Key(_epochKey).Key(_cursorsKey).Add(_epoch).Add(++_number);
            at = Add(command, captures, at);
            command.IsIdempotent = true;
            if (!await AskAsync(command).ConfigureAwait(false)) return CursorSaveOutcome.Failed;
            if (IntegerOf(command.Reply) != 0) continue;
            Fault = "another process has taken the partition";
            return CursorSaveOutcome.Fenced;
        }

        return CursorSaveOutcome.Saved;
    }

    /// <summary>Stores those of them whose subscription has no cursor yet: under no lease, since the first place that is stored holds.</summary>
    public async Task<CursorSaveOutcome> PlaceNewAsync(IReadOnlyList<CursorCapture> captures)
    {
        for (int at = 0; at < captures.Count;)
        {
            using RedisCommand command = _redis.Rent(PlaceNew, 1).Key(_cursorsKey);
            at = Add(command, captures, at);
            command.IsIdempotent = true;
            if (!await AskAsync(command).ConfigureAwait(false)) return CursorSaveOutcome.Failed;
        }

        return CursorSaveOutcome.Saved;
    }

    public async Task ForgetAsync(string key)
    {
        using RedisCommand command = _redis.Rent("HDEL"u8).Key(_cursorsKey).Add(Encoding.UTF8.GetBytes(key));
        command.IsIdempotent = true;
        await AskAsync(command).ConfigureAwait(false);
    }

    /// <returns>The first capture that is left for another command.</returns>
    private static int Add(RedisCommand command, IReadOnlyList<CursorCapture> captures, int at)
    {
        int bytes = 0;
        do
        {
            CursorCapture capture = captures[at++];
            var value = new byte[HeadBytes + capture.Blob.Length];
            BinaryPrimitives.WriteInt64LittleEndian(value, capture.Position);
            BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(8), capture.Low);
            capture.Blob.CopyTo(value, HeadBytes);
            command.Add(Encoding.UTF8.GetBytes(capture.Key)).Add(value);
            bytes += value.Length;
        }
        while (at < captures.Count && bytes + captures[at].Blob.Length < Limits.CursorCommandBytesMax);
        return at;
    }

    private async Task<bool> AskAsync(RedisCommand command)
    {
        RedisOutcome outcome = await _redis.SendAsync(command).ConfigureAwait(false);
        if (outcome == RedisOutcome.Ok) return true;
        Fault = outcome == RedisOutcome.ServerError ? Encoding.UTF8.GetString(command.Error) : $"Redis: {outcome}";
        return false;
    }

    private static long IntegerOf(RespReader reply) => reply.TryReadInteger(out long value) ? value : -1;

    private static CursorRow?[]? Rows(RespReader reply, int count)
    {
        if (!reply.TryReadAggregate(out int values) || values != count) return null;
        var rows = new CursorRow?[count];
        for (int i = 0; i < count; i++)
        {
            if (!reply.Read()) return null;
            if (reply.IsNull) continue;
            if (!reply.IsText || reply.Text.Length < HeadBytes) return null;
            long position = BinaryPrimitives.ReadInt64LittleEndian(reply.Text);
            long low = BinaryPrimitives.ReadInt64LittleEndian(reply.Text[8..]);
            rows[i] = CursorCodec.Restore(position, low, reply.Text[HeadBytes..]);
        }

        return rows;
    }
}
