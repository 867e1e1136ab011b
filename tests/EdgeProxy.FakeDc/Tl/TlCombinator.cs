namespace EdgeProxy.FakeDc.Tl;

/// <summary>A constructor or a method.</summary>
internal sealed record TlCombinator(string Name, uint Id, TlField[] Fields, bool IsMethod);
