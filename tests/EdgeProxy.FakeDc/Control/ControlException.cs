namespace EdgeProxy.FakeDc.Control;

/// <summary>A control request that cannot be done: 400 with this text.</summary>
internal sealed class ControlException(string message) : Exception(message);
