using System.Text;

namespace EdgeProxy.Tests.Redis;

/// <summary>Frames: a fixed corpus, and random ones.</summary>
internal static class RespFrames
{
    public static readonly string[] Legal =
    [
        "+OK\r\n", "+\r\n", "-ERR no\r\n", ":0\r\n", ":-9223372036854775808\r\n", ":+5\r\n", "$0\r\n\r\n", "$5\r\na\r\nbc\r\n", "$-1\r\n",
        "*-1\r\n", "*0\r\n",
        "_\r\n", "#t\r\n", "#f\r\n", ",1.5\r\n", ",-1e-17\r\n", ",inf\r\n", ",-inf\r\n", ",nan\r\n", ",10\r\n",
        "(3492890328409238509324850943850943825024385\r\n", "(-1\r\n", "!11\r\nSYNTAX oops\r\n", "=8\r\ntxt:some\r\n", "=4\r\nmkd:\r\n",
        "*3\r\n:1\r\n$2\r\nab\r\n*2\r\n+x\r\n_\r\n", "%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n~2\r\n:1\r\n:2\r\n", "~0\r\n", "%0\r\n",
        "|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", "*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:1\r\n|0\r\n:2\r\n", "|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n:3\r\n",
        ">3\r\n+message\r\n$2\r\nch\r\n$5\r\nhello\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*0\r\n",
    ];

    public static readonly string[] Illegal =
    [
        "x\r\n", "\r\n", "+a\nb\r\n", "+a\rb\r\n", ":\r\n", ":1a\r\n", ":9223372036854775808\r\n", ": 1\r\n", "$-2\r\n", "$+1\r\na\r\n",
        "$1\r\nab\r\n", "$\r\n",
        "$1\r\na\rx", "$?\r\n", "*?\r\n", "*-2\r\n", "%-1\r\n", "~-1\r\n", "_x\r\n", "#\r\n", "#x\r\n", "#tt\r\n", ",\r\n", ",.5\r\n", ",5.\r\n",
        ",1e\r\n",
        ",Infinity\r\n", ",0x1\r\n", "(\r\n", "(+\r\n", "(1-\r\n", "(--1\r\n", "(12a\r\n", "=3\r\ntxt\r\n", "=5\r\ntxt-a\r\n", ">0\r\n", ">-1\r\n",
        "*1\r\n>1\r\n+a\r\n",
        "|1\r\n+a\r\n:1\r\n>1\r\n+a\r\n", "!-1\r\n", "*1\r\n", "$99999999999999999999\r\n",
    ];

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>One legal frame.</summary>
    public static string Random(Random random, int depth = 0)
    {
        string kinds = depth == 0 ? "+-:$*_#,(!=%~|>" : depth < 5 ? "+-:$*_#,(!=%~|" : "+-:$_#,(!=";
        char kind = kinds[random.Next(kinds.Length)];
        int count = random.Next(4);
        return kind switch
        {
            '+' or '-' => $"{kind}{new string('a', random.Next(20))}\r\n",
            ':' => $":{random.NextInt64(long.MinValue, long.MaxValue)}\r\n",
            '(' => $"({(random.Next(2) == 0 ? "-" : "")}{new string('7', 1 + random.Next(200))}\r\n",
            ',' => $",{(random.Next(5) == 0 ? "-inf" : random.NextDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture))}\r\n",
            '_' => "_\r\n",
            '#' => random.Next(2) == 0 ? "#t\r\n" : "#f\r\n",
            '$' when count == 3 => "$-1\r\n",
            '$' or '!' => Blob(kind, "", random),
            '=' => Blob(kind, "txt:", random),
            '|' => $"|{count}\r\n{Many(2 * count, random, depth)}{Random(random, Math.Max(depth, 1))}",
            '%' => $"%{count}\r\n{Many(2 * count, random, depth)}",
            '>' => $">{count + 1}\r\n{Many(count + 1, random, depth)}",
            _ => $"{kind}{count}\r\n{Many(count, random, depth)}",
        };
    }

    private static string Many(int count, Random random, int depth)
    {
        var text = new StringBuilder();
        for (int index = 0; index < count; index++) text.Append(Random(random, depth + 1));
        return text.ToString();
    }

    private static string Blob(char kind, string prefix, Random random)
    {
        var text = new StringBuilder(prefix);
        for (int left = random.Next(30); left > 0; left--) text.Append("\r\n$*ab\0\u00ff"[random.Next(8)]);
        return $"{kind}{text.Length}\r\n{text}\r\n";
    }
}
