using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Gathers the hash that tells one request from another. Whole bodies in JSON or as a form count byte for byte. A multipart body is written with
/// another boundary each time, so it counts by its parts: fields by name and value, files by field, name and length (0 when it is not known
/// before it has been streamed), in the order they come.
/// </summary>
internal sealed class IdempotencyRequest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public IdempotencyRequest(ApiMethod method, bool testEnvironment)
    {
        // Methods are the same whatever their case.
        Append(Encoding.UTF8.GetBytes(method.Name.ToLowerInvariant()));
        Append([testEnvironment ? (byte)1 : (byte)0]);
    }

    /// <summary>The hash of a call whose body is whole in memory.</summary>
    public static IdempotencyHash Of(ApiMethod method, bool testEnvironment, CallEncoding encoding, ReadOnlySpan<byte> body)
    {
        using var request = new IdempotencyRequest(method, testEnvironment);
        request.Append([(byte)encoding]);
        request.Append(body);
        return request.Hash();
    }

    /// <summary>Whether a header's value may be a key: 1 to Limits.IdempotencyKeyCharsMax visible ASCII characters.</summary>
    public static bool IsKey(string value) =>
        value.Length is >= 1 and <= Limits.IdempotencyKeyCharsMax && !value.AsSpan().ContainsAnyExceptInRange('!', '~');

    public void AddField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Append("field"u8);
        Append(name);
        Append(value);
    }

    public void AddFile(ReadOnlySpan<byte> name, ReadOnlySpan<byte> fileName, long length)
    {
        Append("file"u8);
        Append(name);
        Append(fileName);
        Span<byte> size = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(size, length);
        Append(size);
    }

    public IdempotencyHash Hash()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetCurrentHash(hash);
        return IdempotencyHash.FromBytes(hash);
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>Each piece with its length before it, so that no two lists of pieces are the same bytes.</summary>
    private void Append(ReadOnlySpan<byte> piece)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, piece.Length);
        _hash.AppendData(length);
        _hash.AppendData(piece);
    }
}
