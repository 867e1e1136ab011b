using System.Buffers.Binary;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>
/// auth.bindTempAuthKey: the proof is a message of MTProto 1.0 under the permanent key,
/// <c>perm_key_id msg_key IGE( random:16 msg_id:i64 seqno:i32 length:i32 bind_auth_key_inner padding )</c>.
/// Source: core.telegram.org/method/auth.bindTempAuthKey.
/// </summary>
internal sealed class KeyBinding(DataCentre centre)
{
    private const int InnerAt = 32;
    private const int InnerBytes = 40;

    public object Bind(Call call)
    {
        var request = call.Request;
        var temporary = call.Session.Key;
        var permanent = centre.FindKey(request.Long("perm_auth_key_id"));
        var proof = request.Bytes("encrypted_message");
        if (permanent is null || permanent.ExpiresAt != 0)
            throw RpcException.Bad("ENCRYPTED_MESSAGE_INVALID");
        if (temporary.ExpiresAt == 0 || proof.Length < 24 + InnerAt + InnerBytes || (proof.Length - 24) % 16 != 0)
            throw RpcException.Bad("TEMP_AUTH_KEY_EMPTY");
        var (key, iv) = MessageKeys.ForBinding(permanent.Key, proof.AsSpan(8, 16));
        var plain = AesIge.Decrypt(key, iv, proof.AsSpan(24));
        var hash = MessageKeys.Sha1(plain.AsSpan(0, InnerAt + InnerBytes));
        var isWhole = BitConverter.ToInt64(proof) == permanent.Id && hash.AsSpan(4).SequenceEqual(proof.AsSpan(8, 16))
            && BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(16)) == call.MessageId;
        if (!isWhole)
            throw RpcException.Bad("ENCRYPTED_MESSAGE_INVALID");
        var inner = new TlReader(plain.AsMemory(InnerAt)).Object();
        if (inner.Long("nonce") != request.Long("nonce") || inner.Long("temp_auth_key_id") != temporary.Id
            || inner.Long("perm_auth_key_id") != permanent.Id || inner.Long("temp_session_id") != call.Session.Id)
            throw RpcException.Bad("ENCRYPTED_MESSAGE_INVALID");
        temporary.BoundTo = permanent;
        return true;
    }
}
