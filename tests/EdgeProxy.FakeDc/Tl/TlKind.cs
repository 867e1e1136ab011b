namespace EdgeProxy.FakeDc.Tl;

/// <summary>How one field stands on the wire.</summary>
internal enum TlKind
{
    /// <summary>The 32 bits that say which optional fields follow.</summary>
    Flags,
    Int,
    Long,
    Double,
    /// <summary>UTF-8 with a length before it and padding to four bytes after it.</summary>
    Text,
    Bytes,
    Int128,
    Int256,
    /// <summary>A flag alone: no bytes.</summary>
    True,
    Bool,
    Vector,
    /// <summary>An object behind its constructor's id.</summary>
    Boxed,
    /// <summary>An object of a known constructor, without id.</summary>
    Bare,
}
