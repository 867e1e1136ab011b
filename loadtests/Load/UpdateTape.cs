using System.Globalization;
using System.Text;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>
/// Webhook requests rendered once; the next one is a template with new digits in it: the update_id, and where wanted the chat and the bot. Ids are
/// consecutive per bot, as Telegram's are. One user at a time.
/// </summary>
internal sealed class UpdateTape
{
    private const long FirstUpdateId = 1_000_000_000;
    private const long FirstChat = 5_000_000_000;
    private const string ChatMark = "7777777777";
    private const string Folder = "updates/";
    private static readonly byte[] IdMark = "\"update_id\":"u8.ToArray();

    private readonly List<Template> _templates = [];
    private readonly int[] _order;
    private readonly int _chats;
    private readonly int _bots;
    private readonly long _firstId;
    private long _number;

    private UpdateTape(IReadOnlyList<(string Json, int Weight)> bodies, int chats, int bots, long firstId)
    {
        (_chats, _bots, _firstId) = (chats, bots, firstId);
        var order = new List<int>();
        foreach ((string json, int weight) in bodies)
        {
            order.AddRange(Enumerable.Repeat(_templates.Count, weight));
            _templates.Add(Template.Of(json));
        }

        // The same shuffle for everyone that is compared.
        _order = [.. order];
        new Random(1).Shuffle(_order);
    }

    /// <summary>Requests taken so far.</summary>
    public long Taken => _number;

    /// <summary>The simulator's updates by the weights of its mix.txt: all shapes, 1.4 KB on average.</summary>
    public static UpdateTape Mix()
    {
        string[] lines = Read("mix.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new UpdateTape([.. lines.Select(line => line.Split(' ')).Select(pair => (Read(pair[0]), Number(pair[1])))], 1, 1, FirstUpdateId);
    }

    /// <summary>Small messages, in turn from each chat and to each bot (EdgeConfig.BotName).</summary>
    public static UpdateTape Messages(int chats, int bots, long afterIds = 0)
    {
        const string User = "{\"id\":" + ChatMark + ",\"is_bot\":false,\"first_name\":\"A\"}";
        const string Chat = "{\"id\":" + ChatMark + ",\"first_name\":\"A\",\"type\":\"private\"}";
        const string Message = "{\"message_id\":1,\"from\":" + User + ",\"chat\":" + Chat + ",\"date\":1763722800,\"text\":\"hello\"}";
        const string Json = "{\"update_id\":700000000,\"message\":" + Message + "}";
        return new UpdateTape([(Json, 1)], chats, bots, FirstUpdateId + afterIds);
    }

    /// <summary>The next request. Valid until the call after this one.</summary>
    public ReadOnlySpan<byte> Next()
    {
        long number = _number++;
        Template template = _templates[_order[number % _order.Length]];
        Digits(template.Bytes.AsSpan(template.IdAt, 10), _firstId + (number / _bots));
        foreach (int at in template.ChatsAt) Digits(template.Bytes.AsSpan(at, 10), FirstChat + (number % _chats));
        if (_bots > 1) Digits(template.Bytes.AsSpan(template.BotAt, EdgeConfig.BotDigits), number % _bots);
        return template.Bytes;
    }

    private static void Digits(Span<byte> place, long value)
    {
        for (int index = place.Length - 1; index >= 0; index--, value /= 10) place[index] = (byte)('0' + (value % 10));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Read(string name)
    {
        using Stream? stream = typeof(UpdateTape).Assembly.GetManifestResourceStream(Folder + name);
        if (stream is null) throw new LoadException($"the load tests were built without {Folder}{name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed record Template(byte[] Bytes, int IdAt, int[] ChatsAt, int BotAt)
    {
        public static Template Of(string json)
        {
            string body = json.Replace("\"update_id\":700000000", "\"update_id\":1000000000", StringComparison.Ordinal);
            string path = "/telegram/webhook/" + EdgeConfig.BotName(0);
            string headers = "Content-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: " + EdgeConfig.WebhookSecret + "\r\n";
            byte[] bytes = HttpWire.Request("POST", path, headers, Encoding.ASCII.GetBytes(body));
            int idAt = bytes.AsSpan().IndexOf(IdMark) + IdMark.Length;
            var chats = new List<int>();
            byte[] mark = Encoding.ASCII.GetBytes(ChatMark);
            for (int from = 0; bytes.AsSpan(from).IndexOf(mark) is >= 0 and var found; from += found + mark.Length) chats.Add(from + found);
            return new Template(bytes, idAt, [.. chats], "POST ".Length + path.Length - EdgeConfig.BotDigits);
        }
    }
}
