using System.Net.Sockets;
using EdgeProxy.Bots;
using EdgeProxy.Commands;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Observability;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Server.Kestrel.Core;

CommandLine command = CommandLine.Parse(args);
return command.Verb switch
{
    CommandVerb.Version => OfflineCommands.PrintVersion(),
    CommandVerb.Help => OfflineCommands.PrintUsage(command.Error),
    CommandVerb.Check => OfflineCommands.Check(command),
    CommandVerb.JournalInspect => OfflineCommands.InspectJournal(command),
    CommandVerb.Outbox => await OutboxCommand.RunAsync(command),
    _ => await ServeAsync(command),
};

static async Task<int> ServeAsync(CommandLine command)
{
    // Settings
    if (OfflineCommands.Load(command) is not { } settings) return ExitCode.Misconfigured;

    // Host. Sockets complete where they are polled and Kestrel goes on there: a third less CPU an update, and nothing on that path blocks.
    SocketTuning.Apply();
    WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
    builder.WebHost.UseKestrelCore().UseUrls([.. settings.Listen.Select(url => url.GetLeftPart(UriPartial.Authority))]);
    builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = true);
    builder.WebHost.ConfigureKestrel(ConfigureKestrel);
    builder.Services.AddRoutingCore();
    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(Limits.StopRequestsS));
    LogSetup.Configure(builder.Logging, settings);
    await using WebApplication app = builder.Build();
    ILoggerFactory loggers = app.Services.GetRequiredService<ILoggerFactory>();
    TimeProvider time = TimeProvider.System;
    try
    {
        // Rooms
        Directory.CreateDirectory(settings.DataDir);
        using var metrics = new MetricsExposition();
        using var client = new BotApiClient();
        var bots = new BotRegistry(settings.Bots);
        await using SegmentJournal journal = SegmentJournal.Open(settings.Journal, time, loggers.CreateLogger<SegmentJournal>());
        await using StateFile state = StateFile.Open(settings.StatePath, FanoutHost.Migrations, time, loggers.CreateLogger<StateFile>());
        var replies = new ReplyCalls(client);
        var fanout = new FanoutHost(journal, state, settings.Subscriptions, replies.CallAsync, time, loggers);
        var ingest = new IngestHost(bots, settings.KindsWantedBy, client, journal, time, loggers);
        var health = new ProcessHealth(journal, state, ingest, fanout);

        // Endpoints
        var webhook = new WebhookEndpoint(bots, journal, settings.SourceCheck);
        app.Use(next => context => WebhookEndpoint.Owns(context) ? webhook.HandleAsync(context) : next(context));
        app.UseRouting();
        ObservabilityEndpoints.Map(app, metrics, health.Parts, health.ReadinessParts);

        // Life: webhooks are registered once we can answer them; the way out closes after the way in
        fanout.Start();
        await app.StartAsync();
        ingest.Start();
        await app.WaitForShutdownAsync();
        await ingest.StopAsync();
        await fanout.StopAsync();
        return ExitCode.Ok;
    }
    catch (Exception exception) when (exception is JournalOpenException or StateFileException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"edgeproxy: {exception.Message}");
        return ExitCode.Failed;
    }
    catch (SocketException exception)
    {
        // Kestrel wraps only "address in use"; an address of another machine or a port below 1024 comes as it is.
        Console.Error.WriteLine($"edgeproxy: cannot listen on {string.Join(", ", settings.Listen)}: {exception.Message}");
        return ExitCode.Failed;
    }
}

static void ConfigureKestrel(KestrelServerOptions options)
{
    options.AddServerHeader = false;
    options.Limits.MaxRequestBodySize = Limits.WebhookRequestBytesMax;
    options.Limits.MinRequestBodyDataRate = new MinDataRate(Limits.WebhookBodyBytesPerSecondMin, TimeSpan.FromSeconds(Limits.WebhookBodyGraceS));
}
