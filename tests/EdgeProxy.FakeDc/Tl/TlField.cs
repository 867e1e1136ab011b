namespace EdgeProxy.FakeDc.Tl;

/// <summary>One argument of a constructor or method.</summary>
/// <param name="Name">As the schema spells it.</param>
/// <param name="Type">Its type.</param>
/// <param name="FlagsField">Name of the flags that say whether it is there; null when it always is.</param>
/// <param name="Bit">Its bit in them.</param>
internal sealed record TlField(string Name, TlType Type, string? FlagsField, int Bit);
