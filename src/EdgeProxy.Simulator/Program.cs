using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Demo;

// The verbs. Anything else is answered with the usage and exit code 2.
const string Usage = """
    edgeproxy-simulator: a fake Telegram

      demo   [--seconds 20] [--rate 300] [--chats 200] [--duplicates 0.05] [--seed 1] [--proxy PATH]
             starts simulator, proxy and an echo bot, sends updates, stops and restarts the bot in the middle,
             and counts: exit 0 only when nothing was lost, doubled or out of order
      serve  [--port 9050] [--token T]... [--any-token] [--no-limits] [--retry-scale 1] [--duplicates 0]
             [--paid-token T]... [--group-burst 0] [--latency-ms 0] [--chunked] [--frozen-clock UNIXSECONDS]
             [--keep-sends 100000] [--keep-text-bytes 16384]
             serves the Bot API and /sim/ on 127.0.0.1 until Ctrl-C
    """;

try
{
    return args.FirstOrDefault() switch
    {
        "demo" => await new DemoCommand(DemoOptions.Parse(args[1..])).RunAsync(),
        "serve" => await ServeCommand.RunAsync(ServeCommand.Parse(args[1..])),
        "help" or "--help" or "-h" => Say(Console.Out, Usage, 0),
        _ => Say(Console.Error, Usage, 2),
    };
}
catch (UsageException e)
{
    return Say(Console.Error, e.Message + Environment.NewLine + Environment.NewLine + Usage, 2);
}

static int Say(TextWriter to, string text, int exitCode)
{
    to.WriteLine(text);
    return exitCode;
}
