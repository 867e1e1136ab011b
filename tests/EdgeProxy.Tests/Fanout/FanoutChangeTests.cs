using EdgeProxy.Fanout;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>Subscriptions that come, change and go while updates flow.</summary>
public sealed class FanoutChangeTests
{
    [Fact]
    public async Task One_that_is_added_begins_with_the_next_update_and_no_other_is_disturbed()
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync(), late = await rig.ConsumerAsync();
        var answer = new TaskCompletionSource();
        main.Answer = (one, _) => one.Text == "held" ? answer.Task : Task.CompletedTask;
        Subscription first = rig.Subscription(main.Url);
        rig.Start(first);
        rig.Put(1, "held");
        rig.Put(1, "behind");
        await Rig.Until(() => main.Count == 1, "in flight");
        Assert.True(await rig.Host!.ChangeAsync([first, rig.Subscription(late.Url, "late")]));
        rig.Put(2, "next");
        await Rig.Until(() => late.Count == 1, "the new one has it");
        answer.SetResult();
        await rig.Drained();
        Assert.Equal(["next"], late.Texts);
        Assert.Equal(["behind", "held", "next"], main.Texts.Order());
        Assert.All(main.All, received => Assert.Equal("1", received.Attempt));
        Assert.Equal(["shop/main", "shop/late"], rig.Host.Snapshot().Select(one => one.Id));
    }

    [Fact]
    public async Task One_that_changes_goes_on_from_its_place()
    {
        await using var rig = new Rig();
        Consumer before = await rig.ConsumerAsync(), after = await rig.ConsumerAsync();
        before.Answer = Consumer.Status(static received => received.Text.StartsWith("bad", StringComparison.Ordinal) ? 500 : 200);
        rig.Start(rig.Subscription(before.Url));
        for (int chat = 0; chat < 20; chat++) rig.Put(chat, $"good{chat}");
        rig.Put(99, "bad0");
        rig.Put(99, "bad1");
        await Rig.Until(() => before.Texts.Contains("bad0") && before.Texts.Distinct().Count() == 21, "all but the bad chat");
        await Rig.Until(() => rig.Shot().InFlight == 0 || before.Count > 0, "tried");
        Assert.True(await rig.Host!.ChangeAsync([rig.Subscription(after.Url, inFlight: 3)]));
        rig.Put(99, "bad2");
        await rig.Drained();
        Assert.Equal(["bad0", "bad1", "bad2"], after.Texts);
        Assert.Equal($"{before.Texts.Count(text => text == "bad0") + 1}", after.All[0].Attempt);
    }

    [Fact]
    public async Task One_that_is_removed_holds_nothing_back_and_begins_anew_when_it_comes_again()
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync(), dead = await rig.ConsumerAsync();
        dead.Answer = Consumer.Status(static _ => 500);
        Subscription first = rig.Subscription(main.Url), second = rig.Subscription(dead.Url, "dead");
        rig.Start(first, second);
        long place = rig.Put(1, "old");
        await rig.Pass(() => main.Count == 1 && dead.Count >= 2 && rig.Shot().LagRecords == 0, "delivered to one");
        Assert.InRange(rig.Journal.Released, 0, place);
        Assert.True(await rig.Host!.ChangeAsync([first]));
        rig.Put(2, "between");
        await rig.Drained();
        dead.Answer = Consumer.Status(static _ => 200);
        int tried = dead.Count;
        Assert.True(await rig.Host.ChangeAsync([first, second]));
        rig.Put(3, "new");
        await rig.Drained();
        Assert.Equal(["new"], dead.Texts.Skip(tried));
    }

    [Fact]
    public async Task The_journal_keeps_what_one_that_changes_still_needs()
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync(), dead = await rig.ConsumerAsync();
        dead.Answer = Consumer.Status(static _ => 500);
        Subscription first = rig.Subscription(main.Url), second = rig.Subscription(dead.Url, "dead");
        rig.Start(first, second);
        long place = rig.Put(1, "needed");
        await rig.Pass(() => main.Count == 1 && dead.Count >= 2, "tried");
        var cursors = new Failing(new SqliteCursors(rig.State, rig.Time));
        using var sink = new HttpSink(rig.Time);
        IReadOnlyList<Subscription> wanted = [first, second];
        await rig.Host!.StopAsync();
        var run = new LogFanout(
            rig.Journal, cursors, () => wanted, sink, static (_, _, _, _) => ValueTask.FromResult(new ApiReply(200, [], true, 0, null)), rig.Time,
            NullLogger.Instance);
        Assert.Equal(CursorSaveOutcome.Saved, await run.StartAsync());
        Consumer well = await rig.ConsumerAsync();
        wanted = [first, rig.Subscription(well.Url, "dead")];
        cursors.IsAway = true;
        Assert.Equal(CursorSaveOutcome.Failed, await run.ChangeAsync());
        Assert.Equal(["shop/main"], run.Loops.Select(loop => loop.Id));
        cursors.IsAway = false;
        rig.Put(2, "later");
        await rig.Pass(() => main.Texts.Contains("later") && run.Loops[0].Current.Outstanding == 0, "the other goes on and is flushed");
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(rig.Journal.Released, 0, place);
        Assert.Equal(CursorSaveOutcome.Saved, await run.ChangeAsync());
        await rig.Drained();
        Assert.Equal(["later", "needed"], well.Texts.Order());
        await run.StopAsync(CancellationToken.None);
        Assert.Equal(CursorSaveOutcome.Fenced, await run.ChangeAsync());
    }

    /// <summary>A store that can be away.</summary>
    private sealed class Failing(ICursorStore store) : ICursorStore
    {
        public bool IsAway { get; set; }

        public string? Fault => store.Fault;

        public Task<CursorRow?[]?> LoadAsync(IReadOnlyList<Subscription> subscriptions) =>
            IsAway ? Task.FromResult<CursorRow?[]?>(null) : store.LoadAsync(subscriptions);

        public Task<CursorSaveOutcome> SaveAsync(IReadOnlyList<CursorCapture> captures) =>
            IsAway ? Task.FromResult(CursorSaveOutcome.Failed) : store.SaveAsync(captures);

        public Task ForgetAsync(string key) => store.ForgetAsync(key);
    }
}
