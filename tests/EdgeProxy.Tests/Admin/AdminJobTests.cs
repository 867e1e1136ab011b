using System.Net;
using System.Text.Json;
using EdgeProxy.Tests.Outbox;
using EdgeProxy.Tests.Outbox.Api;

namespace EdgeProxy.Tests.Admin;

public sealed class AdminJobTests
{
    private const string Company =
        """
        {"title":"Acme — підтримка","about":"Orders","photo":"/9j/4AAQSkZJRg==","bots":[{"bot":"@one_bot","rank":"bot"},{"bot":"two_bot"}],
         "topics":[{"title":"Orders","icon_emoji":"💡"},{"title":"Bills"}]}
        """;

    [Fact]
    public async Task A_company_group_is_made_in_one_call()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        string id = await rig.JobAsync("/groups", Company);
        JsonElement job = await rig.UntilAsync(id, "done");
        OneOfEach(rig);
        FakeChat chat = rig.Sidecar.Chats.Values.Single();
        Assert.Equal("Acme — підтримка", chat.Title);
        Assert.Equal(chat.Id, job.GetProperty("chat_id").GetInt64());
        Assert.Equal(["create_group", "set_photo", "add_bot", "add_bot", "create_topic", "create_topic"], Texts(job, "kind"));
        Assert.Contains("manage_topics", chat.Admins["@two_bot"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /v1/accounts/ops/chats", (int)Fault.DropBefore)]
    [InlineData("POST /v1/accounts/ops/chats", (int)Fault.DropAfter)]
    [InlineData("POST /v1/accounts/ops/chats", (int)Fault.UnknownAfter)]
    [InlineData("POST /v1/accounts/ops/chats", (int)Fault.Unreachable)]
    [InlineData("POST /v1/accounts/ops/chats", (int)Fault.FloodBrief)]
    [InlineData("/photo", (int)Fault.DropBefore)]
    [InlineData("/photo", (int)Fault.DropAfter)]
    [InlineData("/admins/@one_bot", (int)Fault.DropAfter)]
    [InlineData("/topics", (int)Fault.DropAfter)]
    [InlineData("/topics", (int)Fault.UnknownAfter)]
    [InlineData("/uploads/", (int)Fault.DropAfter)]
    public async Task A_lost_answer_doubles_nothing_and_loses_nothing(string call, int fault)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        int faults = 0;
        rig.Sidecar.Script = made => made.Contains(call, StringComparison.Ordinal) && Interlocked.Increment(ref faults) == 1 ? (Fault)fault : Fault.None;
        string id = await rig.JobAsync("/groups", Company);
        await rig.UntilAsync(id, "done");
        Assert.True(faults > 0);
        OneOfEach(rig);
    }

    [Theory]
    [InlineData("POST /v1/accounts/ops/chats")]
    [InlineData("PUT /v1/accounts/ops/chats/-1002000000001/photo")]
    [InlineData("PUT /v1/accounts/ops/chats/-1002000000001/admins/@two_bot")]
    [InlineData("POST /v1/accounts/ops/chats/-1002000000001/topics")]
    public async Task A_crash_while_a_step_is_under_way_is_taken_up(string call)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Sidecar.Script = made =>
        {
            if (made != call || !held.TrySetResult()) return Fault.None;
            return Fault.HoldAfter;
        };
        string id = await rig.JobAsync("/groups", Company);
        await held.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await rig.RestartAsync();
        await rig.UntilAsync(id, "done");
        OneOfEach(rig);
    }

    [Fact]
    public async Task A_group_of_another_job_with_the_same_title_is_not_taken_for_the_lost_one()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        string first = await rig.JobAsync("/groups", """{"title":"Twin"}""");
        await rig.UntilAsync(first, "done");
        int faults = 0;
        rig.Sidecar.Script = made => made == "POST /v1/accounts/ops/chats" && Interlocked.Increment(ref faults) == 1 ? Fault.DropBefore : Fault.None;
        string second = await rig.JobAsync("/groups", """{"title":"Twin"}""");
        await rig.UntilAsync(second, "done");
        Assert.Equal(2, rig.Sidecar.Chats.Count);
    }

    [Fact]
    public async Task A_bot_that_is_refused_undoes_nothing()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Script = made => made.EndsWith("@one_bot", StringComparison.Ordinal) ? Fault.Refuse : Fault.None;
        JsonElement job = await rig.UntilAsync(await rig.JobAsync("/groups", Company), "partial");
        Assert.Equal(["done", "done", "failed", "done", "done", "done"], Texts(job, "state"));
        JsonElement refused = job.GetProperty("steps")[2];
        Assert.Equal("telegram_refused", refused.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("@one_bot", refused.GetProperty("target").GetString());
    }

    [Fact]
    public async Task A_group_that_is_refused_skips_what_needs_it()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Script = made => made == "POST /v1/accounts/ops/chats" ? Fault.Refuse : Fault.None;
        JsonElement job = await rig.UntilAsync(await rig.JobAsync("/groups", Company), "failed");
        Assert.Equal(["failed", "skipped", "skipped", "skipped", "skipped", "skipped"], Texts(job, "state"));
    }

    [Fact]
    public async Task A_flood_wait_holds_its_own_job_and_no_other()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        FakeChat calm = rig.Sidecar.Add(-1001, "calm");
        rig.Sidecar.Add(-1002, "busy");
        rig.Sidecar.Script = made => made.Contains("/-1002/", StringComparison.Ordinal) ? Fault.FloodHour : Fault.None;
        string busy = await rig.JobAsync("/groups/-1002/topics", """{"title":"a"}""");
        JsonElement waiting = await rig.UntilAsync(busy, "waiting");
        Assert.True(waiting.GetProperty("retry_at").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddMinutes(50));
        Assert.Equal("flood_wait", waiting.GetProperty("steps")[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(0, waiting.GetProperty("steps")[0].GetProperty("attempts").GetInt32());
        await rig.UntilAsync(await rig.JobAsync("/groups/-1001/topics", """{"topics":[{"title":"a"},{"title":"b"}]}"""), "done");
        Assert.Equal(2, calm.Topics.Count);
        Answer cancelled = await rig.SendAsync(HttpMethod.Delete, "/jobs/" + busy, null);
        Assert.Equal(HttpStatusCode.OK, cancelled.Code);
        await rig.UntilAsync(busy, "cancelled");
    }

    [Fact]
    public async Task A_process_that_is_down_is_waited_for()
    {
        await using AdminRig rig = await AdminRig.StartAsync(sidecar: false);
        string id = await rig.JobAsync("/groups", Company);
        await rig.UntilAsync(id, "waiting");
        Assert.True(await Eventually.TrueAsync(() => rig.Host.Fault is not null));
        await rig.Sidecar.StartAsync();
        await rig.UntilAsync(id, "done");
        Assert.True(await Eventually.TrueAsync(() => rig.Host.Fault is null));
        OneOfEach(rig);
    }

    [Fact]
    public async Task The_same_key_is_the_same_job()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        Answer first = await rig.PostAsync("/groups", Company, "once");
        Assert.Equal(HttpStatusCode.Accepted, first.Code);
        await rig.UntilAsync(first.Id, "done");
        Answer again = await rig.PostAsync("/groups", Company, "once");
        Assert.Equal((HttpStatusCode.OK, first.Id), (again.Code, again.Id));
        (await rig.PostAsync("/groups", """{"title":"other"}""", "once")).IsProblem(HttpStatusCode.Conflict, "Idempotency-Key");
        (await rig.PostAsync("/groups", Company, "")).IsProblem(HttpStatusCode.BadRequest, "Idempotency-Key");
        await rig.RestartAsync();
        Assert.Equal(first.Id, (await rig.PostAsync("/groups", Company, "once")).Id);
        OneOfEach(rig);
    }

    private static void OneOfEach(AdminRig rig)
    {
        FakeChat chat = Assert.Single(rig.Sidecar.Chats.Values);
        Assert.Equal(1, chat.Photos);
        Assert.Equal(["@one_bot", "@two_bot"], chat.Admins.Keys.Order());
        Assert.Equal(2, chat.Topics.Count);
    }

    private static IEnumerable<string?> Texts(JsonElement job, string member) =>
        job.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty(member).GetString());
}
