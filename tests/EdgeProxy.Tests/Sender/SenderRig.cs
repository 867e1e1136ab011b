using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sender;

/// <summary>A sender with a real client, a real state file and, unless another root is given, a simulated Telegram.</summary>
internal sealed class SenderRig : IAsyncDisposable
{
    public const string Token = "1000001:AAEdgeProxyTestTokenForSimulator000";
    public static readonly SendTerms Patient = new() { MaxWait = TimeSpan.FromSeconds(30) };
    private readonly TempFolder _folder = new();
    private readonly BotApiClient _client = new();

    private SenderRig(FakeTelegram telegram, Uri? root, LaneSettings settings)
    {
        Telegram = telegram;
        telegram.AddBot(Token);
        Bot = MakeBot("one", Token, root ?? new Uri(telegram.Url));
        State = StateFile.Open(_folder.File("state.db"), ChatFacts.Migrations, TimeProvider.System, NullLogger.Instance);
        Facts = new ChatFacts(State, TimeProvider.System, NullLogger.Instance);
        Sender = new LaneSender(new BotRegistry([Bot]), _ => settings, _client, Facts, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public FakeTelegram Telegram { get; }
    public Bot Bot { get; }
    public StateFile State { get; }
    public ChatFacts Facts { get; }
    public LaneSender Sender { get; }

    public static async Task<SenderRig> StartAsync(Uri? root = null, LaneSettings? settings = null) =>
        new(await FakeTelegram.StartAsync(new FakeTelegramOptions { EnforceLimits = false }), root, settings ?? new LaneSettings());

    public static Bot MakeBot(string name, string token, Uri? root = null) => new()
    {
        Name = name,
        Token = BotToken.TryParse(token, out BotToken? parsed) ? parsed : throw new ArgumentException(token),
        ApiRoot = root ?? new Uri("http://127.0.0.1:9"),
    };

    public static OutgoingCall Message(string chat, string text = "x") =>
        CallScan.Json(ApiMethod.Of("sendMessage"), Encoding.UTF8.GetBytes($$"""{"chat_id":{{chat}},"text":"{{text}}"}"""));

    public void Fault(FaultKind kind, int? count = 1, Action<FaultRule>? with = null)
    {
        var rule = new FaultRule { Kind = kind, Count = count };
        with?.Invoke(rule);
        Assert.True(Telegram.Faults.Add(rule));
    }

    public ValueTask<SendResult> SendAsync(OutgoingCall call, SendTerms? terms = null, CancellationToken cancellationToken = default) =>
        Sender.SendAsync(Bot, call, terms ?? Patient, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Sender.DisposeAsync();
        _client.Dispose();
        await State.DisposeAsync();
        await Telegram.DisposeAsync();
        _folder.Dispose();
    }
}
