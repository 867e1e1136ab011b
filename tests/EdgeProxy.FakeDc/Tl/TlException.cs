namespace EdgeProxy.FakeDc.Tl;

/// <summary>Bytes that are not what the schema says, or an object that the schema cannot hold.</summary>
internal sealed class TlException(string message, string? unknownMethod = null) : Exception(message)
{
    /// <summary>Name (or id in hex) of a method that this data centre does not know; null for every other fault.</summary>
    public string? UnknownMethod => unknownMethod;
}
