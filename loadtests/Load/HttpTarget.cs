using System.Net;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>Where a load goes.</summary>
/// <param name="EndPoint">On loopback.</param>
/// <param name="Processes">Whose CPU and memory are measured, by their names in the report.</param>
internal sealed record HttpTarget(IPEndPoint EndPoint, IReadOnlyList<ChildProcess> Processes)
{
    /// <summary>Bytes that the first process has allocated since its start; null where it does not tell.</summary>
    public Func<Task<double>>? AllocatedBytes { get; init; }

    /// <summary>Scripts that its Redis has run; null where there is none.</summary>
    public Func<Task<double>>? Scripts { get; init; }
}
