using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Tl;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc.Checks;

/// <summary>
/// <c>self-check</c>: codec, ciphers and frames against themselves and against known values. What the real library thinks of them is
/// <c>check/check.mjs</c>.
/// </summary>
internal sealed class SelfCheck(int seed, TextWriter to)
{
    private const int Rounds = 200;

    private readonly Random _random = new(seed);
    private int _failed;

    /// <returns>0 when everything holds.</returns>
    public async Task<int> RunAsync()
    {
        await to.WriteLineAsync("seed " + seed);
        Check("the schema is the library's", SchemaIsWhole);
        Check("every combinator comes back as it was written", RoundTrips);
        Check("no cut of an object is read as one", CutsAreRefused);
        Check("IGE matches a value computed elsewhere", IgeVector);
        Check("IGE decrypts what it encrypted, fast and slowly", IgeBothWays);
        Check("a packet comes back, and no changed byte passes", Packets);
        Check("the password's proof is taken, another is not", Passwords);
        await CheckFramesAsync();
        return _failed;
    }

    private void Check(string what, Func<bool> holds)
    {
        var ok = holds();
        _failed += ok ? 0 : 1;
        to.WriteLine((ok ? "ok      " : "FAILED  ") + what);
    }

    private static bool SchemaIsWhole() =>
        TlSchema.Instance.Layer == 227 && TlSchema.Instance.ByName("req_pq_multi").Id == 0xbe7e8ef1 && TlSchema.Instance.All.Count() > 400;

    private bool RoundTrips()
    {
        foreach (var combinator in TlSchema.Instance.All.Where(CanBeMade))
        {
            var bytes = TlWriter.Boxed(Make(combinator, 0));
            var reader = new TlReader(bytes);
            if (!TlWriter.Boxed(reader.Object()).AsSpan().SequenceEqual(bytes) || reader.Left != 0)
            {
                to.WriteLine("        " + combinator.Name);
                return false;
            }
        }

        return true;
    }

    private bool CutsAreRefused()
    {
        var config = TlWriter.Boxed(Make(TlSchema.Instance.ByName("user"), 0));
        for (var length = 0; length < config.Length; length++)
        {
            try
            {
                new TlReader(config.AsMemory(0, length)).Object();
                return false;
            }
            catch (TlException)
            {
                // As it must be.
            }
        }

        return true;
    }

    /// <summary>Key 00…1f, IV 20…3f, plain text 00…1f repeated: computed with the library's own cipher.</summary>
    private static bool IgeVector()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var iv = Enumerable.Range(32, 32).Select(i => (byte)i).ToArray();
        return Convert.ToHexStringLower(AesIge.Encrypt(key, iv, [.. key, .. key])) == KnownValues.Ige;
    }

    private bool IgeBothWays()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (key, iv, plain) = (Bytes(32), Bytes(32), Bytes(16 * _random.Next(1, 40)));
            var cipher = AesIge.Encrypt(key, iv, plain);
            var slowly = new byte[plain.Length];
            AesIge.DecryptSlowly(key, iv, cipher, slowly);
            if (!AesIge.Decrypt(key, iv, cipher).AsSpan().SequenceEqual(plain) || !slowly.AsSpan().SequenceEqual(plain))
                return false;
        }

        return true;
    }

    private bool Packets()
    {
        var key = new AuthKey(Bytes(256), 1);
        for (var round = 0; round < Rounds; round++)
        {
            var message = new Outgoing(key, _random.NextInt64(), _random.NextInt64(), _random.NextInt64(), _random.Next(), Bytes(4 * _random.Next(200)));
            var frame = Packet.Encrypt(message, fromClient: true);
            var back = Packet.Decrypt(key.Key, frame);
            if (back is null || !back.Body.Span.SequenceEqual(message.Body) || back.MessageId != message.MessageId || back.Salt != message.Salt)
                return false;
            frame[_random.Next(8, frame.Length)] ^= (byte)(1 << _random.Next(8));
            if (Packet.Decrypt(key.Key, frame) is not null)
                return false;
        }

        return true;
    }

    /// <summary>The client's half, written from the same page, so that a mistake on one side shows.</summary>
    private static bool Passwords() => Proves("correct horse", "correct horse") && !Proves("correct horse", "Correct horse");

    private static bool Proves(string set, string given)
    {
        var password = new SrpPassword(set);
        var (secret, shown) = password.Begin();
        var p = Numbers.DhPrime;
        var prime = Numbers.Write(p);
        var generator = Numbers.Write(Numbers.Generator);
        var a = Numbers.Random();
        var clientShown = Numbers.Write(System.Numerics.BigInteger.ModPow(Numbers.Generator, a, p));
        var u = Numbers.Read(SHA256.HashData([.. clientShown, .. shown]));
        var x = Numbers.Read(SrpPassword.PasswordHash(Encoding.UTF8.GetBytes(given), password.Salt1, password.Salt2));
        var k = Numbers.Read(SHA256.HashData([.. prime, .. generator]));
        var t = (Numbers.Read(shown) - (k * System.Numerics.BigInteger.ModPow(Numbers.Generator, x, p) % p) + p) % p;
        var key = SHA256.HashData(Numbers.Write(System.Numerics.BigInteger.ModPow(t, a + (u * x), p)));
        var mixed = SHA256.HashData(prime).Zip(SHA256.HashData(generator), (left, right) => (byte)(left ^ right));
        byte[] all = [.. mixed, .. SHA256.HashData(password.Salt1), .. SHA256.HashData(password.Salt2), .. clientShown, .. shown, .. key];
        return password.Check(secret, shown, clientShown, SHA256.HashData(all));
    }

    private async Task CheckFramesAsync()
    {
        var payload = Bytes(600);
        byte[] intermediate = [0xee, 0xee, 0xee, 0xee, 0x58, 2, 0, 0, .. payload];
        byte[] abridged = [0xef, 0x7f, 150, 0, 0, .. payload];
        var whole = await ReadFrameAsync(intermediate) is { } first && first.AsSpan().SequenceEqual(payload)
            && await ReadFrameAsync(abridged) is { } second && second.AsSpan().SequenceEqual(payload);
        Check("both transports are read", () => whole);
        var cut = false;
        for (var length = 0; length < intermediate.Length; length++)
            cut |= await ReadFrameAsync(intermediate[..length]) is not null;
        BinaryPrimitives.WriteInt32LittleEndian(intermediate.AsSpan(4), Frames.FrameBytesMax + 1);
        cut |= await ReadFrameAsync(intermediate) is not null;
        Check("no cut frame and no senseless length is read as one", () => !cut);
    }

    private static async Task<byte[]?> ReadFrameAsync(byte[] bytes)
    {
        using var frames = new Frames(new MemoryStream(bytes));
        return await frames.BeginAsync(default) ? await frames.ReadAsync(default) : null;
    }

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Whether the schema has a constructor for everything that it must hold.</summary>
    private static bool CanBeMade(TlCombinator combinator) => combinator.Fields
        .All(field => field.FlagsField is not null || field.Type.Kind is not TlKind.Boxed);

    /// <summary>Every field that stands alone is filled, and each flag by chance.</summary>
    private TlObject Make(TlCombinator combinator, int depth)
    {
        var result = new TlObject(combinator.Name);
        foreach (var field in combinator.Fields)
        {
            var isThere = field.FlagsField is null || FlagIsUp(combinator, field);
            if (isThere && field.Type.Kind != TlKind.Flags)
                result[field.Name] = Value(field.Type, depth);
        }

        return result;
    }

    /// <summary>Fields of one bit come and go together, so the bit itself is drawn; a bit with an object behind it stays down.</summary>
    private bool FlagIsUp(TlCombinator combinator, TlField field) =>
        !combinator.Fields.Any(it => it.FlagsField == field.FlagsField && it.Bit == field.Bit && HoldsObject(it.Type))
        && ((uint)seed * 31 + combinator.Id + (uint)field.Bit * 7919 >> 3) % 2 == 0;

    private static bool HoldsObject(TlType type) => type.Kind == TlKind.Boxed || (type.Element is not null && HoldsObject(type.Element));

    private object Value(TlType type, int depth) => type.Kind switch
    {
        TlKind.Int => _random.Next(int.MinValue, int.MaxValue),
        TlKind.Long => _random.NextInt64(long.MinValue, long.MaxValue),
        TlKind.Double => _random.NextDouble(),
        TlKind.Text => new string('ж', _random.Next(300)),
        TlKind.Bytes => Bytes(_random.Next(600)),
        TlKind.Int128 => Bytes(16),
        TlKind.Int256 => Bytes(32),
        TlKind.Bool => _random.Next(2) == 0,
        TlKind.Vector when HoldsObject(type) => new List<object>(),
        TlKind.Vector => Enumerable.Range(0, _random.Next(5)).Select(_ => Value(type.Element!, depth + 1)).ToList(),
        TlKind.Bare => Make(TlSchema.Instance.ByName(type.Name), depth + 1),
        _ => true,
    };
}
