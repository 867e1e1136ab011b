using System.Buffers;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Delivery;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>One bot: its token, chats, updates and webhook.</summary>
internal sealed class FakeBot
{
    private readonly Func<FakeBot, ApiCall, ApiResult> _execute;
    private readonly Lock _produce = new();
    private readonly SimStats _stats;

    public FakeBot(string token, bool paid, FakeTelegramOptions options, SimStats stats, HttpClient http,
        Func<FakeBot, ApiCall, ApiResult> execute)
    {
        Token = token;
        Id = long.Parse(token.AsSpan(0, token.IndexOf(':')));
        Username = $"sim{Id}_bot";
        IsPaid = paid;
        _stats = stats;
        _execute = execute;
        Chats = new BotChats(Id, options, stats);
        Pump = new WebhookPump(this, options, stats, http);
        Updates = new UpdateQueue(options, Pump);
        Factory = new UpdateFactory(options.Seed);
    }

    public string Token { get; }
    public long Id { get; }

    /// <summary>May use allow_paid_broadcast.</summary>
    public bool IsPaid { get; }
    public string Username { get; }
    public BotChats Chats { get; }
    public UpdateQueue Updates { get; }
    public WebhookPump Pump { get; }
    public UpdateFactory Factory { get; }

    /// <summary>When setWebhook may be called again (a timestamp of the clock); more than once a second is 429.</summary>
    public long WebhookSetAt { get; set; }

    /// <summary>Digits, a colon and at least 20 characters of A–Z a–z 0–9 _ -.</summary>
    public static bool IsWellFormed(string token)
    {
        int colon = token.IndexOf(':');
        return colon is > 0 and < 19 && token.Length - colon > 20
            && token.AsSpan(0, colon).IndexOfAnyExceptInRange('0', '9') < 0
            && token.AsSpan(colon + 1).IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") < 0;
    }

    /// <summary>Makes the next update and queues it as one step, so that updates of a key are queued in the order of their ids.</summary>
    public (SimUpdate Update, EnqueueOutcome Outcome) Produce(Func<UpdateFactory, SimUpdate> make)
    {
        lock (_produce)
        {
            SimUpdate update = make(Factory);
            return (update, Enqueue(update));
        }
    }

    public EnqueueOutcome Enqueue(SimUpdate update)
    {
        EnqueueOutcome outcome = Updates.Enqueue(update);
        if (outcome == EnqueueOutcome.Queued)
        {
            _stats.UpdateQueued();
        }
        else
        {
            _stats.UpdateDropped();
        }

        return outcome;
    }

    /// <summary>
    /// Executes the method call that a webhook may answer with. Its result is discarded; get*, setWebhook, deleteWebhook, close and
    /// logOut are ignored there.
    /// </summary>
    public void RunReply(byte[] body)
    {
        var arguments = new ApiCall("");
        if (body.Length == 0 || !arguments.TryAddJson(new ReadOnlySequence<byte>(body)) || !arguments.Has("method"))
        {
            return;
        }

        var call = new ApiCall(arguments.Text("method"));
        if (call.Method.StartsWith("get", StringComparison.Ordinal)
            || call.Method is "setwebhook" or "deletewebhook" or "close" or "logout")
        {
            return;
        }

        foreach (var pair in arguments.Values)
        {
            call.Values[pair.Key] = pair.Value;
        }

        _execute(this, call);
    }
}
