using EdgeProxy.Journal;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Journal;

public sealed class DedupeWindowTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void An_interval_set_is_a_set()
    {
        var ids = Gen.OneOf(
            Gen.Choose(-30, 30).Select(i => (long)i),
            Gen.Elements(long.MinValue, long.MinValue + 1, long.MinValue + 2, long.MaxValue, long.MaxValue - 1, long.MaxValue - 2));
        Prop.ForAll(ids.ListOf().ToArbitrary(), values =>
        {
            var set = new IntervalSet();
            var naive = new HashSet<long>();
            foreach (var value in values)
            {
                Assert.Equal(naive.Contains(value), set.Contains(value));
                Assert.Equal(naive.Add(value), set.Add(value));
            }
            for (var i = 1; i < set.Count; i++)
                Assert.True(set.Starts[i] - 1 > set.Ends[i - 1]);
            Assert.All(naive, v => Assert.True(set.Contains(v)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void An_id_is_remembered_for_24_hours_and_forgotten_after_36()
    {
        for (var start = 0; start < 12; start++)
        {
            var window = new DedupeWindow();
            var at = (1000 * 12 + start) * Hour;
            window.Add(1, 5, at);
            Assert.True(window.Contains(1, 5, at + 24 * Hour - 1));
            Assert.False(window.Contains(1, 5, at + 36 * Hour));
            Assert.False(window.Contains(2, 5, at));
        }
    }

    [Fact]
    public void Hostile_ids_cost_their_own_bot_its_oldest_only()
    {
        var window = new DedupeWindow(intervalsPerBotMax: 100);
        window.Add(2, 77, 0);
        for (var id = 0L; id < 10_000; id++)
            window.Add(1, id * 2, 0);
        Assert.True(window.Contains(2, 77, 0));
        Assert.True(window.Bots[1].IntervalCount() <= 100);
        for (var id = 9_950L; id < 10_000; id++)
            Assert.True(window.Contains(1, id * 2, 0));
        Assert.True(window.Evictions > 0);
    }

    [Fact]
    public void A_snapshot_restores_the_window_and_refuses_damage()
    {
        var window = new DedupeWindow();
        foreach (var id in new[] { long.MinValue, -1, 0, 1, 2, 900, long.MaxValue })
            window.Add(3, id, 50 * Hour);
        window.Add(3, 4, 65 * Hour);
        var bytes = DedupeSnapshot.Encode(window, 4711);
        var restored = DedupeSnapshot.Decode(bytes, out var position)!;
        Assert.Equal(4711, position);
        foreach (var id in new[] { long.MinValue, -1, 0, 1, 2, 4, 900, long.MaxValue })
            Assert.True(restored.Contains(3, id, 65 * Hour));
        Assert.False(restored.Contains(3, 3, 65 * Hour));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            Assert.Null(DedupeSnapshot.Decode(bytes, out _));
            bytes[i] ^= 0x10;
        }
    }
}
