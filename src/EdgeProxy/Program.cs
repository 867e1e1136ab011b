using System.Net.Sockets;
using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Commands;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;
using EdgeProxy.Outbox;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

CommandLine command = CommandLine.Parse(args);
return command.Verb switch
{
    CommandVerb.Version => OfflineCommands.PrintVersion(),
    CommandVerb.Help => OfflineCommands.PrintUsage(command.Error),
    CommandVerb.Check => OfflineCommands.Check(command),
    CommandVerb.JournalInspect => OfflineCommands.InspectJournal(command),
    CommandVerb.Mtproto => await MtprotoCommand.RunAsync(command),
    CommandVerb.Outbox => await OutboxCommand.RunAsync(command),
    _ => await ServeAsync(command),
};

static async Task<int> ServeAsync(CommandLine command)
{
    if (OfflineCommands.Load(command) is not { } settings) return ExitCode.Misconfigured;
    await using WebApplication app = BuildHost(settings);
    try
    {
        Directory.CreateDirectory(settings.DataDir);
        return await RunAsync(app, settings);
    }
    catch (Exception exception) when (exception is JournalOpenException or StateFileException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"edgeproxy: {exception.Message}");
        return ExitCode.Failed;
    }
    catch (SocketException exception)
    {
        // Kestrel wraps only "address in use"; an address of another machine or a port below 1024 comes as it is.
        Console.Error.WriteLine($"edgeproxy: cannot listen on {string.Join(", ", settings.Addresses)}: {exception.Message}");
        return ExitCode.Failed;
    }
}

static async Task<int> RunAsync(WebApplication app, EdgeSettings settings)
{
    ILoggerFactory loggers = app.Services.GetRequiredService<ILoggerFactory>();
    TimeProvider time = TimeProvider.System;

    // Engines: files of this process, or the servers of a cluster
    using var metrics = new MetricsExposition();
    using var client = new BotApiClient();
    var bots = new BotRegistry(settings.Bots);
    await using Engines engines = settings.Cluster is { } cluster
        ? await ClusterEngines.OpenAsync(cluster, settings, bots, time, loggers)
        : await EmbeddedEngines.OpenAsync(settings, bots, time, loggers);
    await using AdminRoom admin = AdminRoom.Open(settings, time, loggers);

    // The way out
    await using var sender = new LaneSender(bots, settings.LanesOf, client, engines.Chats, time, loggers, engines.Budgets);
    await using StarLedger stars = await engines.OpenStarsAsync(sender);
    await using IdempotencyStore keys = engines.Keys;
    var outbox = new OutboxHost(engines.OutboxWork, bots, sender, admin.Outbox, time, loggers);
    await using var callbacks = new CallbackLoop(engines.Outbox, bots, new(settings.CallbackSecret), time, loggers.CreateLogger<CallbackLoop>());

    // The way in
    var ingest = new IngestHost(bots, engines.Subscriptions.KindsWantedBy, client, engines.Journal, engines.Chats.Heard, time, loggers, engines.Leases);
    IFanout fanout = engines.MakeFanout(new ReplyCalls(sender).CallAsync);
    var health = new ProcessHealth(engines, ingest, fanout, sender, admin.Host);

    // Endpoints: the two that Telegram and bots call stand before routing, plain updates even before HTTP
    var webhook = new WebhookEndpoint(bots, engines.Journal, engines.Chats.Heard, settings.SourceCheck, time);
    var botApi = new BotApiEndpoint(bots, engines.Tokens, keys, sender, client, settings.LanesOf, new UploadSpool(settings.SpoolDir));
    var messages = new MessagesEndpoint(
        bots, settings.ApiKeys, engines.Outbox, new UploadFolder(settings.Outbox.UploadDir), settings.MessageApi, time,
        loggers.CreateLogger<MessagesEndpoint>(), [admin.Endpoint.Describe, BotsOpenApi.Describe]);
    var listener = new ApiListener(settings.ApiListen);
    BeforeHttp(app, next => listener.Spare(next, webhook.Before));
    app.Use(listener.Guard);
    app.Use(next => context =>
        WebhookEndpoint.Owns(context) ? webhook.HandleAsync(context) : BotApiEndpoint.Owns(context) ? botApi.HandleAsync(context) : next(context));
    app.UseRouting();
    ObservabilityEndpoints.Map(app, metrics, health.Parts, health.ReadinessParts);
    ClientTokensEndpoint.Map(app, new ClientTokensEndpoint(bots, settings.ApiKeys, engines.Tokens, time));
    SubscriptionsEndpoint.Map(app, new SubscriptionsEndpoint(bots, settings.ApiKeys, engines.Subscriptions, fanout, SubscriptionForm.Read));
    admin.Endpoint.Map(app);
    messages.Map(app);

    // Life: webhooks are registered once we can answer them
    var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
    keys.Start();
    outbox.Start();
    admin.Start();
    if (!settings.CallbackSecret.IsEmpty) callbacks.Start();
    await fanout.StartAsync();
    await engines.Subscriptions.FollowAsync(fanout.ChangeAsync, ingest.ConsumersChanged);
    await app.StartAsync();
    ingest.Start();
    Task served = app.WaitForShutdownAsync();

    // Stop: the loops end while callers are let finish; then whoever still waits for a lane is told to come again
    await stopping.Task;
    await engines.LeaveAsync();
    Task administered = admin.StopAsync();
    await ingest.StopAsync();
    Task posted = outbox.StopAsync();
    await fanout.StopAsync();
    await sender.DisposeAsync();
    await posted;
    await administered;
    await served;
    return ExitCode.Ok;
}

static WebApplication BuildHost(EdgeSettings settings)
{
    // Sockets complete where they are polled and Kestrel goes on there: a third less CPU an update, and nothing on that path blocks.
    ProcessTuning.Apply();
    WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
    builder.WebHost.UseKestrelCore().UseUrls([.. settings.Addresses.Select(url => url.GetLeftPart(UriPartial.Authority))]);
    builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = true);
    builder.WebHost.ConfigureKestrel(ConfigureKestrel);
    builder.Services.AddRoutingCore();
    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(Limits.StopRequestsS));
    LogSetup.Configure(builder.Logging, settings);
    WebApplication app = builder.Build();
    app.Lifetime.ApplicationStarted.Register(static () => _ = ProcessTuning.GiveStartBackAsync());
    return app;
}

static void BeforeHttp(WebApplication app, Func<ConnectionDelegate, ConnectionDelegate> middleware) =>
    app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.ConfigureEndpointDefaults(listen => listen.Use(middleware));

static void ConfigureKestrel(KestrelServerOptions options)
{
    options.AddServerHeader = false;
    options.Limits.MaxRequestBodySize = Limits.WebhookRequestBytesMax;
    options.Limits.MinRequestBodyDataRate = new MinDataRate(Limits.WebhookBodyBytesPerSecondMin, TimeSpan.FromSeconds(Limits.WebhookBodyGraceS));
}
