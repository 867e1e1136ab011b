using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>Requests of HTTP loads, by their number.</summary>
internal static class Requests
{
    private static readonly byte[] GetMeBytes = HttpWire.Request("GET", $"/bot{EdgeConfig.Token}/getMe", "", []);

    public static ReadOnlyMemory<byte> GetMe(long number) => GetMeBytes;
}
