using EdgeProxy.Bots;
using EdgeProxy.Journal;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>Runs what Ingest does of its own accord: a registrar for every webhook that is ours to set, a loop for every polled bot.</summary>
internal sealed class IngestHost
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Func<CancellationToken, Task>> _loops = [];
    private readonly List<IngestState> _states = [];
    private Task _running = Task.CompletedTask;

    /// <param name="wants">The kinds each of a bot's consumers names; an empty list is Telegram's default.</param>
    public IngestHost(
        BotRegistry bots, Func<Bot, IEnumerable<IReadOnlyList<UpdateKind>>> wants, BotApiClient client, IUpdateJournal journal,
        TimeProvider time, ILoggerFactory loggers)
    {
        foreach (Bot bot in bots.All)
        {
            AllowedUpdates allowed = AllowedUpdates.For(wants(bot));
            if (bot.Mode == IngestMode.Polling)
            {
                var loop = new LongPollLoop(bot, allowed, client, journal, time, loggers.CreateLogger<LongPollLoop>());
                Add(loop.RunAsync, loop.State);
            }
            else if (bot.Mode == IngestMode.Webhook && bot.WebhookUrl is not null)
            {
                var loop = new WebhookRegistrarLoop(bot, allowed, client, time, loggers.CreateLogger<WebhookRegistrarLoop>());
                Add(loop.RunAsync, loop.State);
            }
        }
    }

    /// <summary>One per loop, for health.</summary>
    public IReadOnlyList<IngestState> States => _states;

    public void Start() => _running = Task.WhenAll(_loops.Select(loop => Task.Run(() => loop(_stopping.Token))));

    /// <summary>Ends the loops; what a poll had fetched and not stored is fetched again after the restart.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // the way a loop ends
        }
    }

    private void Add(Func<CancellationToken, Task> loop, IngestState state)
    {
        _loops.Add(loop);
        _states.Add(state);
    }
}
