namespace EdgeProxy.Simulator.Control;

/// <summary>A request to <c>/sim/</c> that says something wrong; the message is the answer.</summary>
internal sealed class ControlException(string message) : Exception(message);
