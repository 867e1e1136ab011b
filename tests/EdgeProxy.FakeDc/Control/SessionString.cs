using System.Buffers.Binary;

namespace EdgeProxy.FakeDc.Control;

/// <summary>Telethon's StringSession: '1' and url-safe base64 of <c>dc:u8 IPv4:4 port:u16be key:256</c>, padded.</summary>
internal static class SessionString
{
    public static string Write(int dcId, int port, byte[] key)
    {
        var bytes = new byte[7 + key.Length];
        bytes[0] = (byte)dcId;
        bytes[1] = 127;
        bytes[4] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(5), (ushort)port);
        key.CopyTo(bytes, 7);
        return "1" + Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');
    }
}
