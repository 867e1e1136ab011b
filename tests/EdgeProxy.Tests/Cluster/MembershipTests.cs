using EdgeProxy.Cluster;
using EdgeProxy.Tests.Redis;

namespace EdgeProxy.Tests.Cluster;

public sealed class MembershipTests : IDisposable
{
    private readonly RedisServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Members_see_each_other_in_one_order_and_a_clean_leave_at_once()
    {
        await using var first = new ClusterRig(_server, leaseMs: 60_000);
        var second = new ClusterRig(_server, leaseMs: 60_000);
        Assert.Equal("not heard yet", first.Members.Snapshot().Fault);
        second.Members.Start();
        await ClusterRig.Until(() => second.Members.Snapshot().Members.Count == 1, "the second is there");
        first.Members.Start();
        await ClusterRig.Until(() => first.Members.Snapshot().Members.Count == 2, "the first sees both");
        Member self = first.Members.Snapshot().Members.Single(one => one.Id == first.Members.Id);
        Assert.Equal(first.Members.Self, self);
        Assert.Equal((Environment.ProcessId, "1.0", "http://127.0.0.1:1"), (self.Pid, self.Version, self.Address));
        await second.DisposeAsync();
        Assert.Equal(0, second.Members.Snapshot().ShareOf(16));
        await using var third = new ClusterRig(_server, leaseMs: 60_000);
        third.Members.Start(); // Sees what stands in Redis with its first heartbeat, long before any time to live is over.
        await ClusterRig.Until(() => third.Members.Snapshot().Members.Count > 0, "the third is there");
        Assert.Equal([first.Members.Id, third.Members.Id], third.Members.Snapshot().Members.Select(one => one.Id));
    }

    [Fact]
    public async Task The_last_known_number_stands_while_the_server_is_away()
    {
        await using var first = new ClusterRig(_server);
        await using var second = new ClusterRig(_server);
        first.Members.Start();
        second.Members.Start();
        await ClusterRig.Until(() => first.Members.Snapshot().Count == 2 && second.Members.Snapshot().Count == 2, "two");
        _server.Kill();
        await ClusterRig.Until(() => first.Members.Snapshot().Fault is not null && second.Members.Snapshot().Fault is not null, "away");
        Assert.Equal(2, first.Members.Snapshot().Count);
        _server.Launch(); // With nothing on it.
        await ClusterRig.Until(() => first.Members.Snapshot() is { Fault: null, Count: 2 }, "two again");
    }

    [Fact]
    public async Task Clusters_of_other_names_do_not_see_each_other()
    {
        await using var one = new ClusterRig(_server, name: "one");
        await using var other = new ClusterRig(_server, name: "other");
        one.Members.Start();
        other.Members.Start();
        await ClusterRig.Until(() => one.Members.Snapshot().Fault is null && other.Members.Snapshot().Fault is null, "both are there");
        Assert.Single(one.Members.Snapshot().Members);
        Assert.Single(other.Members.Snapshot().Members);
    }

    [Fact]
    public void A_value_survives_its_bytes_and_an_unknown_one_is_still_a_member()
    {
        var member = new Member("0123456789abcdef", "h", 7, 1_700_000_000_000, "1.2", "http://*:8080");
        Assert.Equal(member, Member.Decode("0123456789abcdef"u8, member.Encode()));
        Assert.Equal("x", Member.Decode("x"u8, "??"u8).Id);
        Assert.Equal(7, Member.Decode("x"u8, [.. member.Encode(), .. "\tlater"u8]).Pid);
    }
}
