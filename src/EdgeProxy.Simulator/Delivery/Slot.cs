namespace EdgeProxy.Simulator.Delivery;

/// <summary>A place in the bytes of a shape: <paramref name="Length"/> bytes from <paramref name="Offset"/> are replaced.</summary>
internal readonly record struct Slot(int Offset, int Length, SlotKind Kind);
