using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Configuration;

/// <summary>Reads Bots:n:Subscriptions.</summary>
internal static class SubscriptionReader
{
    private enum StartFrom
    {
        Now,
        Oldest,
    }

    public static List<Subscription> Read(ConfigNode bot, Bot owner, ConfigErrors errors)
    {
        var list = new List<Subscription>();
        foreach (ConfigNode node in bot.Nodes("Subscriptions", Limits.SubscriptionsPerBotMax))
        {
            string name = node.Text("Name") ?? "main";
            if (!Subscription.IsName(name)) errors.Add(node.Key("Name"), NameAdvice(name));
            if (list.Exists(other => other.Name == name))
            {
                errors.Add(node.Key("Name"), $"\"{name}\" is taken by another subscription of this bot; cursors are kept by name, so names must differ");
            }

            list.Add(Read(node, owner, name, 0, errors));
        }

        return list;
    }

    public static string NameAdvice(string name) => $"\"{name}\" must be 1 to 64 of a–z 0–9 _ -";

    /// <summary>One subscription, its name aside.</summary>
    public static Subscription Read(ConfigNode node, Bot owner, string name, long number, ConfigErrors errors)
    {
        Uri? url = node.Url("Url", required: true);
        string? secret = node.Secret("Secret");
        if (secret is not null && !SecretToken.IsLegal(secret))
        {
            errors.Add(node.Key("Secret"), $"must be 1 to {Limits.SecretTokenCharsMax} of A–Z a–z 0–9 _ -, since it travels in a header");
        }

        var subscription = new Subscription
        {
            Id = Subscription.IdOf(owner, name),
            Number = number,
            Bot = owner,
            Url = url ?? new Uri("http://invalid.invalid/"),
            Secret = secret,
            Filter = ReadFilter(node, errors),
            MaxInFlight = node.Int("MaxInFlight", 40, 1, Limits.InFlightMax),
            Timeout = TimeSpan.FromMilliseconds(node.Int("TimeoutMs", 60_000, 100, 600_000)),
            StartFromOldest = SettingsReader.ReadEnum(node, "StartFrom", StartFrom.Now, errors) == StartFrom.Oldest,
        };
        node.RejectUnknown();
        return subscription;
    }

    private static UpdateFilter ReadFilter(ConfigNode node, ConfigErrors errors)
    {
        var kinds = new List<UpdateKind>();
        foreach (string text in node.List("Kinds"))
        {
            if (UpdateKinds.TryParse(text, out UpdateKind kind)) kinds.Add(kind);
            else errors.Add(node.Key("Kinds"), $"\"{text}\" is not an update kind; the Bot API's names are meant, such as message or callback_query");
        }

        var types = new List<ChatType>();
        foreach (string text in node.List("ChatTypes"))
        {
            if (text.All(char.IsAsciiLetter) && Enum.TryParse(text, ignoreCase: true, out ChatType type) && type != ChatType.None) types.Add(type);
            else errors.Add(node.Key("ChatTypes"), $"\"{text}\" is none of private, group, supergroup, channel, sender");
        }

        return new UpdateFilter(kinds, types, ReadCommands(node, "Commands", errors), ReadCommands(node, "ExceptCommands", errors));
    }

    private static byte[][] ReadCommands(ConfigNode node, string name, ConfigErrors errors)
    {
        var list = new List<byte[]>();
        foreach (string text in node.List(name))
        {
            string command = text.StartsWith('/') ? text : "/" + text;
            bool legal = command.Length is > 1 and <= Limits.CommandBytesMax && command.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            if (legal) list.Add(Encoding.UTF8.GetBytes(command));
            else errors.Add(node.Key(name), $"\"{text}\" is not a command; write a slash and 1 to 32 of a–z 0–9 _");
        }

        return [.. list];
    }
}
