using System.Reflection;
using System.Text;
using System.Text.Json;

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// Makes updates of the recorded shapes by the weights of the mix, over N chats. Ids rise: update_id by one, message_id by one per
/// chat (it is also the "seq:" in the text), so a consumer can check order and gaps. One factory per bot. Thread-safe.
/// </summary>
internal sealed class UpdateFactory
{
    private const long FirstUserId = 5_100_000_000;
    private const long FirstGroupId = -1_002_100_000_000;

    private static readonly string[] Sentences =
    [
        "Добрый день! Счёт №4821 оплачен дважды, верните второй платёж.",
        "Доброго дня! Рахунок №4821 сплачено двічі, поверніть, будь ласка, другий платіж — їх було два.",
        "Hello! Invoice 4821 was paid twice, please refund the second payment.",
        "Подскажите, когда приедет заказ? Ёлка нужна к пятнице :)",
        "Підкажіть, коли приїде замовлення? Ґанок відчинено, під'їзд третій.",
        "Thanks, it works again \U0001F44D",
    ];

    private static readonly string[] EscapedSentences = [.. Sentences.Select(Escape)];

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly Dictionary<long, long> _messageIds = [];
    private readonly int _weightSum;
    private long _nextUpdateId;

    public UpdateFactory(int seed, long firstUpdateId = 700_000_000)
    {
        _random = new Random(seed);
        _nextUpdateId = firstUpdateId;
        _weightSum = Shapes.Sum(shape => shape.Weight);
    }

    /// <summary>The recorded shapes, in the order of the mix.</summary>
    public static IReadOnlyList<UpdateShape> Shapes { get; } = Load();

    public static UpdateShape? Find(string name) =>
        Shapes.FirstOrDefault(shape => shape.Name == name || shape.Name == name + ".json" || shape.Name.StartsWith(name + "_"));

    /// <summary>The next update of the mix in one of <paramref name="chats"/> chats.</summary>
    public SimUpdate NextOfMix(int chats)
    {
        lock (_gate)
        {
            int pick = _random.Next(_weightSum);
            int index = 0;
            while (pick >= Shapes[index].Weight)
            {
                pick -= Shapes[index++].Weight;
            }

            return Make(Shapes[index], _random.Next(chats));
        }
    }

    /// <summary>The next update of one shape. The same <paramref name="chat"/> number is the same person and the same group.</summary>
    public SimUpdate Next(UpdateShape shape, int chat)
    {
        lock (_gate)
        {
            return Make(shape, chat);
        }
    }

    /// <summary>Takes an update_id for an update that was made elsewhere.</summary>
    public long TakeUpdateId()
    {
        lock (_gate)
        {
            return _nextUpdateId++;
        }
    }

    private SimUpdate Make(UpdateShape shape, int chat)
    {
        long user = FirstUserId + chat;
        long group = FirstGroupId - chat;
        long chatId = shape.InGroup ? group : user;
        long messageId = _messageIds.GetValueOrDefault(chatId) + 1;
        _messageIds[chatId] = messageId;
        long updateId = _nextUpdateId++;
        string sentence = EscapedSentences[_random.Next(EscapedSentences.Length)];
        byte[] body = shape.Render(updateId, user, group, messageId, sentence);
        return new SimUpdate(updateId, shape.Kind, KeyOf(shape, user, chatId), body);
    }

    private static DeliveryKey KeyOf(UpdateShape shape, long user, long chatId) => shape.Kind switch
    {
        "message" or "edited_message" => new DeliveryKey("chat", chatId),
        "my_chat_member" => new DeliveryKey(shape.Kind, chatId),
        _ => new DeliveryKey(shape.Kind, user),
    };

    /// <summary>The real server escapes every character that is not ASCII, in lower-case hex.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            _ = c < 128 ? escaped.Append(c) : escaped.Append("\\u").Append(((int)c).ToString("x4"));
        }

        return escaped.ToString();
    }

    private static List<UpdateShape> Load()
    {
        var shapes = new List<UpdateShape>();
        foreach (string line in Encoding.UTF8.GetString(Resource("mix.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 2)
            {
                shapes.Add(new UpdateShape(parts[0], int.Parse(parts[1]), Resource(parts[0])));
            }
        }

        return shapes;
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("updates/" + name)
            ?? throw new JsonException($"updates/{name} is not in the program");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
