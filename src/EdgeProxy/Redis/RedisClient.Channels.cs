using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// Channels of publish and subscribe. They live on one connection, the home, and are subscribed anew with every connection it makes; in a cluster
/// they move when the home is lost (any node hears all messages).
/// </summary>
internal sealed partial class RedisClient
{
    private readonly Lock _channelsLock = new();
    private readonly List<byte[]> _channels = [];
    private RedisConnection _home;

    /// <summary>
    /// Listens to a channel from now on, through every reconnection; its messages go to the push handler. Ok: the server confirmed. Any other
    /// outcome but Full: it is tried again with the next connection.
    /// </summary>
    public async Task<RedisOutcome> SubscribeAsync(ReadOnlyMemory<byte> channel)
    {
        lock (_channelsLock)
        {
            if (IndexOf(channel.Span) < 0)
            {
                if (_channels.Count >= Limits.RedisChannelsMax) return RedisOutcome.Full;
                _channels.Add(channel.ToArray());
            }
        }

        return await TellAsync("SUBSCRIBE"u8, channel).ConfigureAwait(false);
    }

    /// <summary>Listens no more. Whatever the outcome, later connections do not subscribe.</summary>
    public async Task<RedisOutcome> UnsubscribeAsync(ReadOnlyMemory<byte> channel)
    {
        lock (_channelsLock)
        {
            if (IndexOf(channel.Span) is var index and >= 0) _channels.RemoveAt(index);
        }

        return await TellAsync("UNSUBSCRIBE"u8, channel).ConfigureAwait(false);
    }

    /// <summary>What a new connection of this node has to subscribe.</summary>
    internal byte[][] ChannelsOf(RedisConnection node)
    {
        lock (_channelsLock) return ReferenceEquals(node, _home) ? [.. _channels] : [];
    }

    private Task<RedisOutcome> TellAsync(ReadOnlySpan<byte> verb, ReadOnlyMemory<byte> channel)
    {
        // One channel each: then exactly one push answers it.
        RedisCommand command = Rent(verb).Add(channel.Span);
        command.IsAnsweredByPush = true;
        command.IsIdempotent = true;
        ValueTask<RedisOutcome> asked = BeginOwn(command, isKept: true);
        lock (_channelsLock) _home.Submit(command);
        return EndAsync(command, asked);
    }

    private static async Task<RedisOutcome> EndAsync(RedisCommand command, ValueTask<RedisOutcome> asked)
    {
        using (command) return await asked.ConfigureAwait(false);
    }

    private void MoveHome(RedisConnection lost)
    {
        lock (_channelsLock)
        {
            if (!ReferenceEquals(lost, _home) || AnyNode() is not { IsReady: true } other) return;
            Volatile.Write(ref _home, other);
            foreach (byte[] channel in _channels)
            {
                RedisCommand command = Rent("SUBSCRIBE"u8).Add(channel);
                command.IsAnsweredByPush = true;
                command.IsIdempotent = true;
                SubmitOwn(other, command);
            }
        }

        OnReconnected?.Invoke();
    }

    private int IndexOf(ReadOnlySpan<byte> channel)
    {
        for (int index = 0; index < _channels.Count; index++)
        {
            if (channel.SequenceEqual(_channels[index])) return index;
        }

        return -1;
    }
}
