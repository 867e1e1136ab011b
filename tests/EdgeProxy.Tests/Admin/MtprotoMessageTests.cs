using System.Net;
using System.Text;
using System.Text.Json;
using EdgeProxy.Admin;
using EdgeProxy.Configuration;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Outbox;
using EdgeProxy.Tests.Outbox.Api;

namespace EdgeProxy.Tests.Admin;

/// <summary>Messages of the outbox over MTProto: sent once whatever happens to the answers, and never in doubt.</summary>
public sealed class MtprotoMessageTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-mtproto-messages").FullName;
    private FakeSidecar _sidecar = null!;
    private SidecarClient _client = null!;
    private LoopRig _rig = null!;
    private FakeChat _chat = null!;

    public async Task InitializeAsync()
    {
        string socket = Path.Combine(_folder, "mtproto.sock");
        _sidecar = new FakeSidecar(socket);
        await _sidecar.StartAsync();
        _chat = _sidecar.Add(-1001, "group");
        _client = new SidecarClient(new MtprotoSettings { SocketPath = socket });
        _rig = await LoopRig.StartAsync(mtproto: new MtprotoMessages(_client, "ops").SendAsync);
        _rig.Host.Start();
    }

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        _client.Dispose();
        await _sidecar.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData((int)Fault.None)]
    [InlineData((int)Fault.DropBefore)]
    [InlineData((int)Fault.DropAfter)]
    [InlineData((int)Fault.UnknownAfter)]
    [InlineData((int)Fault.FloodBrief)]
    [InlineData((int)Fault.Unreachable)]
    public async Task A_message_is_sent_once_whatever_becomes_of_the_answer(int fault)
    {
        int calls = 0;
        _sidecar.Script = _ => Interlocked.Increment(ref calls) == 1 ? (Fault)fault : Fault.None;
        MessageRecord record = await _rig.UntilAsync(await _rig.AcceptAsync(Message()), MessageState.Sent);
        Assert.Equal(Transport.Mtproto, record.Transport);
        using JsonDocument body = JsonDocument.Parse(Assert.Single(_chat.Messages.Values));
        Assert.Equal(("Привіт", 12), (body.RootElement.GetProperty("text").GetString(), body.RootElement.GetProperty("topic_id").GetInt32()));
        Assert.Equal(5, body.RootElement.GetProperty("entities")[0].GetProperty("user_id").GetInt32());
        Assert.Equal(fault == (int)Fault.None ? 1 : 2, calls);
        Assert.Empty(_rig.Sends);
    }

    [Fact]
    public async Task A_crash_while_it_is_under_way_leaves_no_doubt()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sidecar.Script = _ => held.TrySetResult() ? Fault.HoldAfter : Fault.None;
        MessageId id = await _rig.AcceptAsync(Message());
        await held.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await _rig.RestartAsync();
        _rig.Host.Start();
        await _rig.UntilAsync(id, MessageState.Sent);
        Assert.Single(_chat.Messages);
    }

    [Fact]
    public async Task What_Telegram_refuses_has_failed()
    {
        _sidecar.Script = _ => Fault.Refuse;
        MessageRecord record = await _rig.UntilAsync(await _rig.AcceptAsync(Message()), MessageState.Failed);
        Assert.Equal((422, "telegram_refused"), (record.ErrorCode, record.Error));
    }

    [Fact]
    public async Task The_api_takes_what_can_go_that_way_and_names_what_cannot()
    {
        await using ApiRig off = await ApiRig.StartAsync();
        (await PostAsync(off, "")).IsProblem(HttpStatusCode.BadRequest, "transport");
        await using ApiRig on = await ApiRig.StartAsync(new MessageApiSettings { HasMtproto = true });
        (await PostAsync(on, ""","parse_mode":"HTML" """)).IsProblem(HttpStatusCode.BadRequest, "parse_mode");
        (await PostAsync(on, ""","method":"sendPhoto" """)).IsProblem(HttpStatusCode.BadRequest, "text");
        Answer taken = await PostAsync(on, "");
        Assert.Equal(HttpStatusCode.Accepted, taken.Code);
        Answer shown = await on.GetAsync("/v1/messages/" + taken.Id);
        Assert.Equal(("mtproto", "resend"), (shown.Text("transport"), shown.Text("on_unknown")));
        Assert.Null((await on.GetAsync("/v1/messages/" + await on.PostedAsync())).Text("transport"));
    }

    private static Task<Answer> PostAsync(ApiRig rig, string more) =>
        rig.PostAsync("/v1/messages", $$"""{"bot":"demo","chat_id":-1001,"text":"x","transport":"mtproto"{{more}}}""");

    private NewMessage Message() => new()
    {
        Bot = _rig.Bot,
        Method = "sendMessage",
        Parameters = Encoding.UTF8.GetBytes(
            """{"chat_id":-1001,"text":"Привіт","message_thread_id":12,"entities":[{"type":"text_mention","offset":0,"length":2,"user":{"id":5}}]}"""),
        Chat = new ChatTarget(-1001, null),
        OnUnknown = OnUnknown.Resend,
        Transport = Transport.Mtproto,
    };
}
