using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeProxy.Tests.Redis;

/// <summary>A slow and plain reading of one RESP3 frame, written from the specification alone: the other opinion of the tests.</summary>
internal sealed partial class RespOracle
{
    private readonly byte[] _bytes;
    private int _at;

    private RespOracle(byte[] bytes) => _bytes = bytes;

    /// <summary>The frame as text without attributes, or null when it is not exactly one frame.</summary>
    public static string? Read(byte[] bytes)
    {
        var oracle = new RespOracle(bytes);
        try
        {
            string text = oracle.Value(true);
            return oracle._at == bytes.Length ? text : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private string Value(bool isFirst)
    {
        char kind = (char)Next();
        string line = Line();
        switch (kind)
        {
            case '+' or '-':
                return $"{kind}{line}";
            case ':':
                Must(Whole().IsMatch(line) && BigInteger.Parse(line.TrimStart('+'), CultureInfo.InvariantCulture) is var number
                    && number >= long.MinValue && number <= long.MaxValue);
                return ":" + line;
            case '(':
                Must(Whole().IsMatch(line));
                return "(" + line;
            case ',':
                Must(Fraction().IsMatch(line));
                return "," + line;
            case '#':
                Must(line is "t" or "f");
                return "#" + line;
            case '_':
                Must(line.Length == 0);
                return "_";
            case '$' or '*' when line == "-1":
                return "_";
            case '$' or '!' or '=':
                string payload = Bytes(Size(line));
                Must(kind != '=' || (payload.Length >= 4 && payload[3] == ':'));
                return kind + (kind == '=' ? payload[4..] : payload);
            case '*' or '~' or '%':
                return kind + Values(Size(line) * (kind == '%' ? 2 : 1));
            case '>':
                Must(isFirst && Size(line) > 0);
                return kind + Values(Size(line));
            case '|':
                Values(Size(line) * 2);
                return Value(false);
            default:
                throw new FormatException();
        }
    }

    private string Values(long count)
    {
        var text = new StringBuilder("[");
        for (long index = 0; index < count; index++) text.Append(Value(false)).Append(' ');
        return text.Append(']').ToString();
    }

    private static long Size(string line)
    {
        Must(Length().IsMatch(line));
        return long.Parse(line, CultureInfo.InvariantCulture);
    }

    private string Bytes(long count)
    {
        Must(count <= _bytes.Length - _at);
        string text = Encoding.Latin1.GetString(_bytes, _at, (int)count);
        _at += (int)count;
        Must(Next() == '\r');
        Must(Next() == '\n');
        return text;
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (int next = Next(); next != '\r'; next = Next())
        {
            Must(next != '\n');
            line.Append((char)next);
        }

        Must(Next() == '\n');
        return line.ToString();
    }

    private int Next() => _at < _bytes.Length ? _bytes[_at++] : throw new FormatException();

    private static void Must(bool holds)
    {
        if (!holds) throw new FormatException();
    }

    [GeneratedRegex(@"^[+-]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[0-9]{1,9}\z")]
    private static partial Regex Length();

    [GeneratedRegex(@"^[+-]?(inf|nan|[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\z")]
    private static partial Regex Fraction();
}
