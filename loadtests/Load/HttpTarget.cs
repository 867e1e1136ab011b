using System.Net;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>Where a load goes.</summary>
/// <param name="EndPoint">On loopback.</param>
/// <param name="Processes">Whose CPU and memory are measured, by their names in the report.</param>
internal sealed record HttpTarget(IPEndPoint EndPoint, IReadOnlyList<ChildProcess> Processes);
