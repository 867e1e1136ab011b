using System.Globalization;
using System.Text;
using EdgeProxy.Redis;

namespace EdgeProxy.Bench.Subjects;

/// <summary>
/// The journal's command as bytes, and a page of sixteen stream entries read back; beside it what a few lines with strings do, as small clients have it.
/// </summary>
internal sealed class RespWire
{
    private const int Entries = 16;
    private static readonly byte[] Key = "{edge:p7}:s"u8.ToArray();
    private static readonly byte[] Body = UpdateShapes.Read(UpdateShapes.Typical);
    private static readonly string BodyText = Encoding.UTF8.GetString(Body);
    private readonly RedisCommandPool _pool = new(Options(), TimeProvider.System);
    private readonly RespScanner _scanner = new();

    /// <summary>Bytes of the command, about.</summary>
    public static int CommandBytes => Body.Length;

    public static byte[] Page { get; } = MakePage();

    public long Encode()
    {
        using RedisCommand command = _pool.Rent().Add("XADD"u8).Key(Key).Add("*"u8).Add("r"u8).Add(Body).Add(1_234_567_890);
        command.Seal();
        return command.Request.Length;
    }

    public static long EncodeText()
    {
        var text = new StringBuilder("*6\r\n");
        foreach (string part in (string[])["XADD", "{edge:p7}:s", "*", "r", BodyText, 1_234_567_890.ToString(CultureInfo.InvariantCulture)])
        {
            text.Append('$').Append(Encoding.UTF8.GetByteCount(part)).Append("\r\n").Append(part).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString()).Length;
    }

    public long Decode()
    {
        if (_scanner.Advance(Page, out int used) != RespScan.Complete) throw new InvalidOperationException("The page is no frame.");
        var reader = new RespReader(Page.AsSpan(0, used));
        long sum = 0;
        while (reader.Read()) sum += reader.Text.Length;
        return sum;
    }

    public static long DecodeText()
    {
        string text = Encoding.UTF8.GetString(Page);
        int at = 0;
        return Sum(text, ref at);
    }

    private static long Sum(string text, ref int at)
    {
        int end = text.IndexOf("\r\n", at, StringComparison.Ordinal);
        string line = text[at..end];
        at = end + 2;
        int count = int.Parse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (line[0] == '$')
        {
            string value = text.Substring(at, count);
            at += count + 2;
            return value.Length;
        }

        long sum = 0;
        for (int index = 0; index < count; index++) sum += Sum(text, ref at);
        return sum;
    }

    private static RedisOptions Options() =>
        RedisOptions.TryParse("redis://127.0.0.1", out RedisOptions? options, out _) ? options! : throw new InvalidOperationException("No options.");

    private static byte[] MakePage()
    {
        var text = new StringBuilder($"*{Entries}\r\n");
        for (int index = 0; index < Entries; index++)
        {
            text.Append("*2\r\n$15\r\n1763722800123-").Append(index % 10).Append("\r\n*2\r\n$1\r\nr\r\n$").Append(Body.Length).Append("\r\n");
            text.Append(BodyText).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
