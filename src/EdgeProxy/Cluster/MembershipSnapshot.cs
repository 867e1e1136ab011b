namespace EdgeProxy.Cluster;

/// <summary>Who lives, as last heard from Redis.</summary>
/// <param name="SelfId">The member that asks.</param>
/// <param name="Members">Oldest first, this one among them unless it left; empty before the first answer.</param>
/// <param name="HeardAt">Timestamp of the last answer; 0 when there was none.</param>
/// <param name="Fault">Why the last heartbeat was not answered; null when it was.</param>
internal sealed record MembershipSnapshot(string SelfId, IReadOnlyList<Member> Members, long HeardAt, string? Fault)
{
    /// <summary>Living members, the last known number while Redis is away; at least 1.</summary>
    public int Count => Math.Max(1, Members.Count);

    /// <summary>
    /// How many of <paramref name="things"/> this member should own: the shares of all add up to them exactly. When there are fewer things than
    /// members, 1: whoever has one keeps it. 0 before the first answer and after leaving.
    /// </summary>
    public int ShareOf(int things)
    {
        int rank = 0;
        while (rank < Members.Count && Members[rank].Id != SelfId) rank++;
        if (rank == Members.Count) return 0;
        if (things < Members.Count) return 1;
        return (things / Members.Count) + (rank < things % Members.Count ? 1 : 0);
    }
}
