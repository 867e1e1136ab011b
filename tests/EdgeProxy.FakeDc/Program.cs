using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeProxy.FakeDc;
using EdgeProxy.FakeDc.Checks;

const string Usage = """
    edgeproxy-fakedc: a fake Telegram data centre on 127.0.0.1

      serve --state-dir DIR [--port 0] [--control 0]
            prints one line of JSON with ports, RSA key and fingerprint, then serves until Ctrl-C or SIGTERM
      self-check [SEED]
            checks codec, ciphers and frames; exit code 0 when all hold
    """;

if (args is ["self-check", ..])
    return await new SelfCheck(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next(), Console.Out).RunAsync();
if (args is not ["serve", ..])
{
    Console.Error.WriteLine(Usage);
    return 2;
}

var options = args.Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "");
if (!options.TryGetValue("--state-dir", out var stateFolder) || options.Keys.Except(["--state-dir", "--port", "--control"]).Any())
{
    Console.Error.WriteLine(Usage);
    return 2;
}

int Port(string name) => int.Parse(options.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);

await using var host = await FakeDcHost.StartAsync(stateFolder, Port("--port"), Port("--control"));
Console.WriteLine(JsonSerializer.Serialize(new
{
    ip = "127.0.0.1",
    port = host.Port,
    control = host.Control.Port,
    dc = host.Centre.DcId,
    layer = EdgeProxy.FakeDc.Tl.TlSchema.Instance.Layer,
    rsa_pem = host.Centre.Rsa.PublicPem,
    fingerprint = host.Centre.Rsa.FingerprintText,
}));
var stop = new TaskCompletionSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
await stop.Task;
return 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.TrySetResult();
}
