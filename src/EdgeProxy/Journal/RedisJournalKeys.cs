using System.Buffers.Text;
using System.Numerics;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// The keys of one partition. They share a hash tag, so one script reaches them on a cluster:
/// <code>
/// {NAME:pN}:s              the stream; one field "u" an entry: RecordCodec's header, then the body
/// {NAME:pN}:d:BOT:BLOCK    remembered update_ids of a bot: bit (id mod 4096) of block (id div 4096)
/// {NAME:pN}:w              written to find out whether the server takes writes again
/// </code>
/// </summary>
internal sealed class RedisJournalKeys
{
    private const int LongCharsMax = 20;
    private readonly byte[] _dedupe;

    public RedisJournalKeys(string name, int partition)
    {
        string tag = $"{{{name}:p{partition}}}";
        Stream = Encoding.ASCII.GetBytes(tag + ":s");
        Probe = Encoding.ASCII.GetBytes(tag + ":w");
        _dedupe = Encoding.ASCII.GetBytes(tag + ":d:");
    }

    public byte[] Stream { get; }

    public byte[] Probe { get; }

    public int DedupeBytesMax => _dedupe.Length + (2 * LongCharsMax) + 1;

    /// <summary>The key of an id's bitmap, written into <paramref name="target"/>, and the id's bit in it. Any 64-bit id will do.</summary>
    public ReadOnlySpan<byte> Dedupe(long botId, long updateId, Span<byte> target, out int bit)
    {
        bit = (int)(updateId & (Limits.RedisDedupeBlockIds - 1));
        _dedupe.CopyTo(target);
        int at = _dedupe.Length;
        Utf8Formatter.TryFormat(botId, target[at..], out int bytes);
        at += bytes;
        target[at++] = (byte)':';
        Utf8Formatter.TryFormat(updateId >> BitOperations.Log2(Limits.RedisDedupeBlockIds), target[at..], out bytes);
        return target[..(at + bytes)];
    }
}
