using EdgeProxy.Bots;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>Sends calls through the lanes: the one way messages leave.</summary>
internal sealed class LaneSender : IAsyncDisposable
{
    private readonly BotApiClient _client;

    public LaneSender(BotRegistry bots, Func<Bot, LaneSettings> settings, BotApiClient client, ChatFacts facts, TimeProvider time, ILoggerFactory loggers)
    {
        _client = client;
        (_, _, _, _, _) = (bots, settings, facts, time, loggers);
    }

    /// <summary>Waits for the call's turn, sends it, and tries again where that is safe and within <see cref="SendTerms.MaxWait"/>.</summary>
    /// <param name="bot">Whose lanes and token.</param>
    /// <param name="call">The call.</param>
    /// <param name="terms">Priority and wait.</param>
    /// <param name="cancellationToken">
    /// The caller is gone: a call that has not left is dropped (Abandoned). One that has left is cut off and reported as Unknown.
    /// </param>
    public ValueTask<SendResult> SendAsync(Bot bot, OutgoingCall call, SendTerms terms, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"{_client} sends nothing yet");

    /// <summary>One per bot.</summary>
    public IReadOnlyList<LaneSnapshot> Snapshot() => [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
