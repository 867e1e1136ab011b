using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>What HTTP loads are sent to.</summary>
internal static class Targets
{
    public static async Task<HttpTarget> ProxyAsync(Arena arena)
    {
        SimulatorProcess simulator = await arena.StartSimulatorAsync();
        ChildProcess proxy = await arena.StartProxyAsync(new EdgeConfig { ApiRoot = simulator.Url });
        return new HttpTarget(proxy.EndPoint, [proxy, simulator.Process]);
    }

    public static async Task<HttpTarget> SimulatorAsync(Arena arena)
    {
        SimulatorProcess simulator = await arena.StartSimulatorAsync();
        return new HttpTarget(simulator.Process.EndPoint, [simulator.Process]);
    }
}
