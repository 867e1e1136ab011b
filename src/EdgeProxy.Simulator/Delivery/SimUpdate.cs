namespace EdgeProxy.Simulator.Delivery;

/// <summary>An update as it goes over the wire, with what the sender must know of it.</summary>
/// <param name="UpdateId">update_id in the body.</param>
/// <param name="Kind">Name of the member beside update_id; empty when there is none.</param>
/// <param name="Key">What it is in order with.</param>
/// <param name="Body">The exact bytes; a consumer compares them.</param>
internal sealed record SimUpdate(long UpdateId, string Kind, DeliveryKey Key, byte[] Body);
