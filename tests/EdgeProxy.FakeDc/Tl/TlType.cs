namespace EdgeProxy.FakeDc.Tl;

/// <summary>Type of a field or a vector's element.</summary>
/// <param name="Kind">How it stands on the wire.</param>
/// <param name="Name">Type or, for <see cref="TlKind.Bare"/>, constructor.</param>
/// <param name="Element">Of a vector; null otherwise.</param>
/// <param name="BareVector">A vector without its own id.</param>
internal sealed record TlType(TlKind Kind, string Name, TlType? Element = null, bool BareVector = false)
{
    /// <summary>Reads "Vector&lt;long&gt;", "int", "!X", "InputPeer", …</summary>
    public static TlType Parse(string text)
    {
        var open = text.IndexOf('<', StringComparison.Ordinal);
        if (open > 0)
            return new TlType(TlKind.Vector, text, Parse(text[(open + 1)..^1]), text[0] == 'v');
        return new TlType(KindOf(text), text);
    }

    private static TlKind KindOf(string text) => text switch
    {
        "#" => TlKind.Flags,
        "int" => TlKind.Int,
        "long" => TlKind.Long,
        "double" => TlKind.Double,
        "string" => TlKind.Text,
        "bytes" => TlKind.Bytes,
        "int128" => TlKind.Int128,
        "int256" => TlKind.Int256,
        "true" => TlKind.True,
        "Bool" => TlKind.Bool,
        // "storage.FileType" is a type, "future_salt" a constructor: the last part's first letter tells.
        _ => char.IsAsciiLetterLower(text[text.LastIndexOf('.') + 1]) ? TlKind.Bare : TlKind.Boxed,
    };
}
