using EdgeProxy.Cluster;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Cluster;

/// <summary>Leases of several members in one test process, on a real server.</summary>
public sealed class LeaseTableTests : IDisposable
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 7).Select(ClusterKeys.Partition)];
    private readonly RedisServer _server = new();
    private readonly Owners _owners = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Members_share_evenly_and_hand_over_as_they_come_and_go()
    {
        await using var first = new ClusterRig(_server);
        LeaseTable a = Begin(first);
        await ClusterRig.Until(() => Held(a) == 7, "the only member has all");
        await using var second = new ClusterRig(_server);
        LeaseTable b = Begin(second);
        await ClusterRig.Until(() => Held(a) + Held(b) == 7 && Held(a) == 4, "4 and 3");
        var third = new ClusterRig(_server);
        LeaseTable c = Begin(third);
        await ClusterRig.Until(() => (Held(a), Held(b), Held(c)) is (3, 2, 2), "3, 2 and 2");
        await third.Members.LeaveAsync();
        await third.DisposeAsync();
        await ClusterRig.Until(() => (Held(a), Held(b)) is (4, 3), "what the third gave back is taken");
        Assert.Equal(Names, a.Snapshot().Held.Concat(b.Snapshot().Held).Order());
        Assert.Equal(0, _owners.Lost);
        Assert.Empty(_owners.Doubles);
        Assert.True(_owners.EpochsGrow());
    }

    [Fact]
    public async Task A_killed_member_is_missed_and_its_things_are_taken_when_its_leases_run_out()
    {
        await using var first = new ClusterRig(_server);
        await using var second = new ClusterRig(_server);
        LeaseTable a = Begin(first);
        LeaseTable b = Begin(second);
        await ClusterRig.Until(() => Held(a) + Held(b) == 7 && Held(a) is 3 or 4, "shared");
        await first.KillAsync();
        await ClusterRig.Until(() => Held(b) == 7, "all taken over");
        await ClusterRig.Until(() => Held(a) == 0, "and the killed one knows");
        Assert.Empty(_owners.Doubles);
        Assert.True(_owners.EpochsGrow());
        Assert.Single(second.Members.Snapshot().Members);
    }

    [Fact]
    public async Task A_server_that_is_away_longer_than_a_lease_takes_all_and_gives_all_back()
    {
        await using var rig = new ClusterRig(_server);
        LeaseTable table = Begin(rig);
        await ClusterRig.Until(() => Held(table) == 7, "all taken");
        _server.Stop();
        await ClusterRig.Until(() => _owners.Lost == 7, "all lost by the local clock alone");
        Assert.Equal(1, rig.Members.Snapshot().Count);
        _server.Continue();
        await ClusterRig.Until(() => Held(table) == 7 && _owners.Taken.Count >= 14, "all taken again");
        Assert.Empty(_owners.Doubles);
        Assert.True(_owners.EpochsGrow());
        await ClusterRig.Until(() => rig.Members.Snapshot().Fault is null, "heard again");
    }

    [Fact]
    public async Task Who_was_stopped_longer_than_a_lease_knows_at_once_that_he_owns_nothing()
    {
        var time = new JumpingTime();
        await using var rig = new ClusterRig(_server, leaseMs: 20_000, time);
        var gained = new TaskCompletionSource<Lease>();
        LeaseTable table = rig.Leases.Table("partition", ["p0"], async lease =>
        {
            gained.TrySetResult(lease);
            await _owners.RunAsync(lease);
        });
        rig.Members.Start();
        table.Start();
        Lease lease = await gained.Task;
        Assert.True(lease.IsHeld);
        time.Jump(TimeSpan.FromMilliseconds(17_000));
        Assert.True(lease.IsHeld);
        time.Jump(TimeSpan.FromMilliseconds(20_000 - 17_000 - (20_000 / Limits.LeaseMarginPart)));
        Assert.False(lease.IsHeld); // By the clock alone: no loop has turned and no server was asked.
        lease.Renewed(time.GetTimestamp());
        Assert.False(lease.IsHeld); // And a renewal that was on its way does not bring it back.
    }

    [Fact]
    public async Task What_cannot_be_used_is_handed_back_and_not_taken_again_at_once()
    {
        await using var rig = new ClusterRig(_server, leaseMs: 20_000);
        int runs = 0;
        LeaseTable table = rig.Leases.Table("partition", ["p0"], _ =>
        {
            Interlocked.Increment(ref runs);
            throw new InvalidOperationException("broken");
        });
        rig.Members.Start();
        table.Start();
        await ClusterRig.Until(() => runs == 1 && Held(table) == 0, "ended");
        await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(rig.Redis, "EXISTS", "{test:p0}:lease")).Text == "0", "handed back");
        await table.StopAsync();
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_lease_that_another_took_is_lost_with_the_next_renewal_and_its_keys_share_a_slot()
    {
        await using var rig = new ClusterRig(_server);
        LeaseTable table = rig.Leases.Table("partition", ["p3"], _owners.RunAsync);
        rig.Members.Start();
        table.Start();
        await ClusterRig.Until(() => Held(table) == 1, "taken");
        await RedisRig.AskAsync(rig.Redis, "SET", "{test:p3}:lease", "somebody:99");
        await ClusterRig.Until(() => _owners.Lost == 1, "lost");
        Assert.Equal("somebody:99", (await RedisRig.AskAsync(rig.Redis, "GET", "{test:p3}:lease")).Text); // Not handed back for him.
        Assert.Equal(RedisSlot.Of("{test:p3}:s"u8), RedisSlot.Of(ClusterKeys.Of("test", "p3", "lease")));
        Assert.Equal(RedisSlot.Of("{test:p3}:s"u8), RedisSlot.Of(ClusterKeys.Epoch("test", "p3")));
    }

    [Fact]
    public void Bounds_agree_with_each_other()
    {
        const double Lease = 1;
        const double LatestTurn = 1.2 / Limits.LeaseTurnsPerLease;
        const double Renewal = Lease / Limits.RenewalsPerLease;
        Assert.True(Renewal + LatestTurn + Renewal < Lease - (Lease / Limits.LeaseMarginPart), "one renewal may fail without a loss");
        Assert.True(1.2 / Limits.HeartbeatsPerLease < Lease / 2, "a heartbeat may fail without a death");
        Assert.True(Limits.CursorCommandBytesMax + (8 * 1024 * 1024) <= Limits.RedisCommandBytesMax, "a command and one more row of full size fit");
    }

    [Fact]
    public void Shares_add_up_to_all_things_and_nobody_has_two_more_than_another()
    {
        for (int members = 1; members <= 20; members++)
        {
            List<Member> all = [.. Enumerable.Range(0, members).Select(i => new Member($"{i}", "h", i, i, "1", ""))];
            for (int things = 0; things <= 64; things++)
            {
                int[] shares = [.. all.Select(member => new MembershipSnapshot(member.Id, all, 1, null).ShareOf(things))];
                if (things >= members) Assert.Equal(things, shares.Sum());
                Assert.InRange(shares.Max() - shares.Min(), 0, 1);
            }
        }

        Assert.Equal(0, new MembershipSnapshot("left", [new Member("0", "h", 0, 0, "1", "")], 1, null).ShareOf(16));
    }

    private static int Held(LeaseTable table) => table.Snapshot().Held.Count;

    private LeaseTable Begin(ClusterRig rig)
    {
        LeaseTable table = rig.Leases.Table("partition", Names, _owners.RunAsync);
        rig.Members.Start();
        table.Start();
        return table;
    }
}
