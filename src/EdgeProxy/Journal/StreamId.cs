using System.Buffers.Text;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>
/// A position in a partition is the id of a stream's entry in one number:
/// <code>
///  63        62                          20 19            0
/// ┌─────────┬──────────────────────────────┬──────────────┐
/// │ 0       │ ms of the server (until 2248)│ sequence     │
/// └─────────┴──────────────────────────────┴──────────────┘
/// </code>
/// The append script sees to it that a sequence stays below 2^20.
/// </summary>
internal static class StreamId
{
    /// <summary>Two numbers and the '-'.</summary>
    private const int TextBytesMax = 21;
    private const int SequenceBits = 20;
    private const long SequenceMask = (1L << SequenceBits) - 1;
    private const long MsMax = (1L << 43) - 1;

    /// <summary>The first position of a millisecond.</summary>
    public static long OfMs(long unixMs) => Math.Clamp(unixMs, 0, MsMax) << SequenceBits;

    public static long MsOf(long position) => position >> SequenceBits;

    public static bool TryParse(ReadOnlySpan<byte> text, out long position)
    {
        position = 0;
        if (!Utf8Parser.TryParse(text, out long ms, out int used) || ms is < 0 or > MsMax || used >= text.Length || text[used] != '-')
            return false;
        text = text[(used + 1)..];
        if (!Utf8Parser.TryParse(text, out long sequence, out used) || used != text.Length || sequence is < 0 or > SequenceMask)
            return false;
        position = (ms << SequenceBits) | sequence;
        return true;
    }

    /// <summary>Adds a position to a command, as the server writes it.</summary>
    public static RedisCommand AddTo(RedisCommand command, long position)
    {
        Span<byte> text = stackalloc byte[TextBytesMax];
        return command.Add(Format(position, text));
    }

    private static ReadOnlySpan<byte> Format(long position, Span<byte> target)
    {
        Utf8Formatter.TryFormat(position >> SequenceBits, target, out int bytes);
        target[bytes++] = (byte)'-';
        Utf8Formatter.TryFormat(position & SequenceMask, target[bytes..], out int more);
        return target[..(bytes + more)];
    }
}
