using EdgeProxy.Fanout;
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
    public async Task A_method_call_of_an_acknowledged_update_outlives_the_loop_and_the_stop_waits_for_it()
    {
        await using var rig = new Rig();
        Consumer before = await rig.ConsumerAsync(), after = await rig.ConsumerAsync();
        var turn = new TaskCompletionSource();
        rig.OnMethod = _ => turn.Task;
        before.Answer = static (_, context) => context.Response.WriteAsync("""{"method":"sendMessage","chat_id":1,"text":"x"}""");
        rig.Start(rig.Subscription(before.Url));
        rig.Put(1, "a");
        await Rig.Until(() => rig.Methods.Count == 1 && rig.Shot().InFlight == 0, "it waits for its turn");
        Assert.True(await rig.Host!.ChangeAsync([rig.Subscription(after.Url)]));
        rig.Put(2, "b");
        await rig.Drained();
        Task stopping = rig.Host.StopAsync();
        await Task.Delay(50);
        Assert.False(stopping.IsCompleted);
        turn.SetResult();
        await stopping;
        Assert.Equal((1, 0), (rig.Methods.Count, rig.CutMethods));
        Assert.Equal(["b"], after.Texts);
    }

    [Fact]
    public async Task What_was_acknowledged_while_nothing_could_be_stored_is_not_delivered_again_by_a_change()
    {
        await using var rig = new Rig();
        Consumer before = await rig.ConsumerAsync(), after = await rig.ConsumerAsync();
        var answer = new TaskCompletionSource();
        before.Answer = (_, _) => answer.Task;
        var cursors = new Failing(rig);
        IReadOnlyList<Subscription> wanted = [rig.Subscription(before.Url)];
        LogFanout run = await RunAsync(rig, cursors, () => wanted);
        for (int chat = 0; chat < 5; chat++) rig.Put(chat, $"{chat}");
        await rig.Pass(() => before.Count == 5 && run.Loops[0].Current.InFlight == 5, "in flight, and flushed so");
        cursors.CannotSave = true;
        answer.SetResult();
        wanted = [rig.Subscription(after.Url)];
        Assert.Equal(CursorSaveOutcome.Failed, await run.ChangeAsync());
        cursors.CannotSave = false;
        Assert.Equal(CursorSaveOutcome.Saved, await run.ChangeAsync());
        rig.Put(1, "next");
        await rig.Drained();
        Assert.Equal(["next"], after.Texts);
        await run.StopAsync(CancellationToken.None);
        Assert.Equal(CursorSaveOutcome.Fenced, await run.ChangeAsync());
    }

    [Fact]
    public async Task The_journal_keeps_what_one_that_changes_still_needs()
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync(), dead = await rig.ConsumerAsync(), well = await rig.ConsumerAsync();
        dead.Answer = Consumer.Status(static _ => 500);
        var cursors = new Failing(rig);
        Subscription first = rig.Subscription(main.Url);
        IReadOnlyList<Subscription> wanted = [first, rig.Subscription(dead.Url, "dead")];
        LogFanout run = await RunAsync(rig, cursors, () => wanted);
        long place = rig.Put(1, "needed");
        await rig.Pass(() => main.Count == 1 && dead.Count >= 2, "tried");
        wanted = [first, rig.Subscription(well.Url, "dead")];
        cursors.CannotLoad = true;
        Assert.Equal(CursorSaveOutcome.Failed, await run.ChangeAsync());
        Assert.Equal(["shop/main"], run.Loops.Select(loop => loop.Id));
        cursors.CannotLoad = false;
        long later = rig.Put(2, "later");
        await rig.Pass(() => main.Texts.Contains("later") && run.Loops[0].Current.Low > later, "the other goes on and is flushed");
        Assert.InRange(rig.Journal.Released, 0, place);
        Assert.Equal(CursorSaveOutcome.Saved, await run.ChangeAsync());
        await rig.Drained();
        Assert.Equal(["later", "needed"], well.Texts.Order());
        await run.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_a_failing_disk_kept_from_beginning_begins_when_it_is_back()
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync(), late = await rig.ConsumerAsync();
        Subscription first = rig.Subscription(main.Url);
        rig.Start(first);
        await rig.State.WriteAsync(static database => database.Execute("ALTER TABLE fanout_cursor RENAME TO away"));
        Assert.False(await rig.Host!.ChangeAsync([first, rig.Subscription(late.Url, "late")]));
        await rig.State.WriteAsync(static database => database.Execute("ALTER TABLE away RENAME TO fanout_cursor"));
        await rig.Pass(() => rig.Host.Snapshot().Count == 2, "nobody asked again");
        rig.Put(1, "next");
        await rig.Drained();
        Assert.Equal(["next"], late.Texts);
    }

    /// <summary>Over the rig's journal and state, without its host.</summary>
    private static async Task<LogFanout> RunAsync(Rig rig, ICursorStore cursors, Func<IReadOnlyList<Subscription>> wanted)
    {
        rig.Start();
        await rig.Host!.StopAsync();
        var run = new LogFanout(
            rig.Journal, cursors, wanted, new HttpSink(rig.Time), static (_, _, _, _) => ValueTask.FromResult(new ApiReply(200, [], true, 0, null)), rig.Time,
            NullLogger.Instance);
        Assert.Equal(CursorSaveOutcome.Saved, await run.StartAsync());
        return run;
    }

    /// <summary>A store that can be away.</summary>
    private sealed class Failing(Rig rig) : ICursorStore
    {
        private SqliteCursors Store => new(rig.State, rig.Time);

        public bool CannotLoad { get; set; }

        public bool CannotSave { get; set; }

        public string? Fault => null;

        public Task<CursorRow?[]?> LoadAsync(IReadOnlyList<Subscription> subscriptions) =>
            CannotLoad ? Task.FromResult<CursorRow?[]?>(null) : Store.LoadAsync(subscriptions);

        public Task<CursorSaveOutcome> SaveAsync(IReadOnlyList<CursorCapture> captures) =>
            CannotSave ? Task.FromResult(CursorSaveOutcome.Failed) : Store.SaveAsync(captures);

        public Task ForgetAsync(string key) => Store.ForgetAsync(key);
    }
}
