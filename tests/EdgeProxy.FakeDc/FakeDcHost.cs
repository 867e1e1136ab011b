using System.Net;
using EdgeProxy.FakeDc.Control;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc;

/// <summary>The data centre with its two ports open: MTProto for clients, HTTP for the test. Tests make one of these; <c>serve</c> makes one too.</summary>
internal sealed class FakeDcHost : IAsyncDisposable
{
    private readonly WebApplication _control;
    private readonly DcListener _listener;

    private FakeDcHost(DataCentre centre, DcListener listener, WebApplication control)
    {
        Centre = centre;
        _listener = listener;
        _control = control;
    }

    public DataCentre Centre { get; }

    public int Port => _listener.Port;

    public Uri Control => new(_control.Urls.First());

    /// <param name="stateFolder">Is made when it is not there; never deleted.</param>
    /// <param name="port">0 for any.</param>
    /// <param name="controlPort">0 for any.</param>
    public static async Task<FakeDcHost> StartAsync(string stateFolder, int port = 0, int controlPort = 0)
    {
        var centre = new DataCentre(TimeProvider.System, stateFolder);
        var listener = new DcListener(centre, port);
        centre.Port = listener.Port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, controlPort));
        var control = builder.Build();
        var endpoint = new ControlEndpoint(centre);
        control.Run(endpoint.HandleAsync);
        await control.StartAsync();
        return new FakeDcHost(centre, listener, control);
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await _listener.DisposeAsync();
        Centre.Dispose();
    }
}
