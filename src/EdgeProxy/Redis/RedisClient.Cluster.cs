using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// Which node serves which slot. The map is read from CLUSTER SLOTS at start, after a node was lost or found, and after MOVED, which also corrects
/// its slot at once. A slot without a known owner is asked of the first seed, which answers or says where to go.
/// </summary>
internal sealed partial class RedisClient
{
    private readonly ConcurrentDictionary<RedisEndpoint, RedisConnection> _nodes = new();
    private readonly SemaphoreSlim _refresh = new(0);
    private readonly Lock _naming = new();
    private RedisConnection?[] _owners = new RedisConnection?[RedisSlot.Count];
    private Task _refreshing = Task.CompletedTask;

    /// <summary>Another node than this one that should have the command, or null.</summary>
    internal RedisConnection? OwnerElsewhere(RedisConnection node, RedisCommand command)
    {
        if (!_options.IsCluster || _stop.IsCancellationRequested) return null;
        RedisConnection owner = Route(command);
        return ReferenceEquals(owner, node) ? null : owner;
    }

    /// <summary>Where MOVED or ASK points to: "MOVED slot host:port". Null when it cannot be read.</summary>
    internal RedisConnection? Redirected(RedisConnection from, ReadOnlySpan<byte> error, bool isAsk)
    {
        string[] words = Encoding.ASCII.GetString(error).Split(' ');
        if (words.Length < 3 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int slot)) return null;
        int colon = words[2].LastIndexOf(':');
        if (slot >= RedisSlot.Count || colon < 0) return null;
        if (!int.TryParse(words[2].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)) return null;

        // An unknown host ("" or "?") is the one that answered.
        string host = words[2][..colon] is { Length: > 0 } named && named != "?" ? named : from.Endpoint.Host;
        RedisConnection? target = NodeOf(new(host, port));
        if (target is null || isAsk) return target;
        Volatile.Write(ref Volatile.Read(ref _owners)[slot], target);
        AskForMap();
        return target;
    }

    internal void NodeReady() => AskForMap();

    internal void NodeLost()
    {
        if (_options.IsCluster) AskForMap();
    }

    private RedisConnection Route(RedisCommand command)
    {
        if (!_options.IsCluster) return _first;
        if (command.Slot >= 0) return Volatile.Read(ref Volatile.Read(ref _owners)[command.Slot]) ?? AnyNode();
        return AnyNode();
    }

    private RedisConnection AnyNode()
    {
        if (_first.IsReady) return _first;
        foreach ((_, RedisConnection node) in _nodes)
        {
            if (node.IsReady) return node;
        }

        return _first;
    }

    private bool Owns(RedisConnection node) => Array.IndexOf(Volatile.Read(ref _owners), node) >= 0;

    /// <summary>The node with this address, made and started when it is new. Null beyond the bound and after the stop.</summary>
    private RedisConnection? NodeOf(RedisEndpoint endpoint)
    {
        if (_nodes.TryGetValue(endpoint, out RedisConnection? known)) return known;
        lock (_naming)
        {
            if (_nodes.TryGetValue(endpoint, out known)) return known;
            if (_nodes.Count >= Limits.RedisNodesMax || _stop.IsCancellationRequested) return null;
            var node = new RedisConnection(this, endpoint, _options, _time, _logger);
            _nodes[endpoint] = node;
            node.Start(_stop.Token);
            return node;
        }
    }

    private void StartCluster()
    {
        foreach (RedisEndpoint seed in _options.Endpoints) NodeOf(seed);
        CancellationToken stop = _stop.Token;
        _refreshing = Task.Run(() => RefreshAsync(stop), CancellationToken.None);
    }

    private void AskForMap()
    {
        // One waiting request is enough; a second that slips in costs one reading.
        if (_options.IsCluster && _refresh.CurrentCount == 0) _refresh.Release();
    }

    private async Task RefreshAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _refresh.WaitAsync(stop).ConfigureAwait(false);
                string? fault = null;
                foreach ((_, RedisConnection node) in _nodes)
                {
                    if (!node.IsReady) continue;
                    fault = await ReadMapAsync(node).ConfigureAwait(false);
                    if (fault is null) break;
                }

                if (fault is not null)
                {
                    Log.NoMap(_logger, fault);
                    AskForMap();
                }

                await Task.Delay(TimeSpan.FromMilliseconds(Limits.RedisSlotsRefreshMs), _time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The stop.
        }
    }

    private async Task<string?> ReadMapAsync(RedisConnection node)
    {
        using RedisCommand command = Rent("CLUSTER"u8).Add("SLOTS"u8);
        ValueTask<RedisOutcome> asked = BeginOwn(command, isKept: true);
        node.Submit(command);
        RedisOutcome outcome = await asked.ConfigureAwait(false);
        if (outcome == RedisOutcome.Ok) return TakeMap(command.Reply, node.Endpoint.Host) ? null : $"{node.Endpoint} answered something else";
        return $"{node.Endpoint}: {(outcome == RedisOutcome.ServerError ? Encoding.ASCII.GetString(command.Error) : outcome.ToString())}";
    }

    /// <summary>[[first, last, [host, port, id, …], replica…], …]</summary>
    private bool TakeMap(RespReader reply, string askedHost)
    {
        if (!reply.TryReadAggregate(out int ranges)) return false;
        var owners = new RedisConnection?[RedisSlot.Count];
        for (int range = 0; range < ranges; range++)
        {
            if (!reply.TryReadAggregate(out int parts) || parts < 3) return false;
            if (!reply.TryReadInteger(out long first) || !reply.TryReadInteger(out long last)) return false;
            if (!reply.TryReadAggregate(out int facts) || facts < 2) return false;
            if (!reply.TryReadText(out ReadOnlySpan<byte> hostText) && !reply.IsNull) return false;
            string host = hostText.Length == 0 || hostText.SequenceEqual("?"u8) ? askedHost : Encoding.ASCII.GetString(hostText);
            if (!reply.TryReadInteger(out long port) || first < 0 || last >= RedisSlot.Count || port is <= 0 or > 65_535) return false;
            SkipValues(ref reply, facts - 2);
            SkipValues(ref reply, parts - 3);
            RedisConnection? owner = NodeOf(new(host, (int)port));
            for (long slot = first; slot <= last; slot++) owners[slot] = owner;
        }

        Volatile.Write(ref _owners, owners);
        RetireUnused();
        return true;
    }

    private static void SkipValues(ref RespReader reply, int values)
    {
        for (int index = 0; index < values && reply.Read(); index++) reply.Skip();
    }

    /// <summary>Nodes that own nothing and are not there are forgotten; seeds stay, they are where a lost map is found again.</summary>
    private void RetireUnused()
    {
        foreach ((RedisEndpoint endpoint, RedisConnection node) in _nodes)
        {
            bool isSeed = false;
            foreach (RedisEndpoint seed in _options.Endpoints) isSeed |= seed == endpoint;
            if (isSeed || node.IsReady || Owns(node)) continue;
            if (_nodes.TryRemove(new(endpoint, node))) node.Retire();
        }
    }
}
