namespace EdgeProxy.Journal;

/// <summary>What a Redis server's own words promise about what it acknowledged (redis.io: "Redis persistence", "Key eviction", "Replication").</summary>
internal static class RedisPromise
{
    /// <summary>How it may lose acknowledged updates, or null.</summary>
    /// <param name="info">Text of INFO; null when it is not permitted.</param>
    /// <param name="appendFsync">Of CONFIG GET; null when that is not permitted.</param>
    public static string? Doubts(string? info, string? appendFsync)
    {
        if (info is null) return "it does not say what it may lose (INFO is not permitted).";
        var doubts = new List<string>();
        if (Value(info, "role") == "slave") doubts.Add("it is a replica, which refuses updates");
        if (Value(info, "aof_enabled") != "1")
        {
            doubts.Add("appendonly is off, so it may lose every update since its last snapshot when it stops");
        }
        else
        {
            if (Fsync(appendFsync) is { } doubt) doubts.Add(doubt);
            if (Value(info, "aof_last_write_status") is { } status and not "ok") doubts.Add($"the last write of its log ended with '{status}'");
        }

        switch (Value(info, "maxmemory_policy"))
        {
            case null or "noeviction":
                break;
            case var policy when policy.StartsWith("volatile", StringComparison.Ordinal):
                doubts.Add($"maxmemory-policy is {policy}, so it may forget which updates it has and take them twice");
                break;
            case var policy:
                doubts.Add($"maxmemory-policy is {policy}, so it may throw updates away when memory is short");
                break;
        }

        // min_slaves_good_slaves is there only when min-replicas-to-write is set.
        if (Value(info, "connected_slaves") is not (null or "0") && Value(info, "min_slaves_good_slaves") is null)
            doubts.Add("min-replicas-to-write is 0, so cut off from its replicas it goes on with updates that a fail-over loses");
        return doubts.Count == 0 ? null : string.Join("; ", doubts) + ".";
    }

    private static string? Fsync(string? setting) => setting switch
    {
        "always" => null,
        "everysec" => "appendfsync is everysec, so it may lose a second of updates when its machine stops",
        null => "appendfsync cannot be read (CONFIG is not permitted), and unless it is always, updates may be lost when the machine stops",
        _ => $"appendfsync is {setting}, so it may lose what its machine had not written (some 30 s of updates) when that stops",
    };

    private static string? Value(string info, string name)
    {
        foreach (ReadOnlySpan<char> line in info.AsSpan().EnumerateLines())
        {
            bool isIt = line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal);
            if (isIt) return line[(name.Length + 1)..].ToString();
        }

        return null;
    }
}
