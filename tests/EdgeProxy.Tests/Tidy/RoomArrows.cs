using System.Text.RegularExpressions;

namespace EdgeProxy.Tests.Tidy;

/// <summary>Which room may use which: the table of the design, and its reading of one file's text.</summary>
internal static partial class RoomArrows
{
    /// <summary>The layer that composes: it may use every room, and no room may use it.</summary>
    public static readonly string[] Composing = ["", "Configuration", "Commands"];

    /// <summary>Direct arrows. What a used room may use is allowed too.</summary>
    private static readonly Dictionary<string, string[]> Table = new()
    {
        ["Primitives"] = [],
        ["Telegram"] = ["Primitives"],
        ["Sqlite"] = ["Primitives"],
        ["Redis"] = ["Primitives"],
        ["Postgres"] = ["Primitives"],
        ["Nats"] = ["Primitives"],
        // Who else serves, and which partition is whose.
        ["Cluster"] = ["Redis"],
        ["Bots"] = ["Telegram"],
        ["Journal"] = ["Bots", "Redis"],
        ["Ingest"] = ["Journal", "Cluster"],
        ["Fanout"] = ["Journal", "Cluster", "Sqlite", "Postgres"],
        // Blocks and migrations of chats outlive a restart, so Lanes keeps them in the state file.
        ["Lanes"] = ["Telegram", "Bots", "Cluster", "Sqlite", "Postgres"],
        ["BotApi"] = ["Lanes", "Journal"],
        ["Outbox"] = ["Lanes", "Sqlite", "Postgres"],
        ["Members"] = ["Lanes", "Journal"],
        ["Bridge"] = ["Lanes", "Journal"],
        ["Admin"] = ["Lanes", "Journal"],
        // They read snapshots of whatever runs; nothing may use them.
        ["Observability"] = ["Ingest", "Fanout", "BotApi", "Outbox", "Members", "Bridge", "Admin"],
        ["ConsolePage"] = ["Ingest", "Fanout", "BotApi", "Outbox", "Members", "Bridge", "Admin"],
    };

    public static bool HasRow(string room) => Table.ContainsKey(room) || Composing.Contains(room);

    public static IEnumerable<string> Rooms => Table.Keys;

    public static HashSet<string> Allowed(string room)
    {
        var reached = new HashSet<string> { room };
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out var next))
        {
            foreach (var used in Table[next])
            {
                if (reached.Add(used))
                    open.Enqueue(used);
            }
        }

        return reached;
    }

    /// <summary>The rooms that <paramref name="text"/>, a file of <paramref name="room"/>, names but may not use.</summary>
    /// <param name="room">Folder of the file; empty for Program.cs.</param>
    /// <param name="text">The file's text.</param>
    /// <param name="typesByRoom">Type names per room: `Journal.IUpdateJournal` reaches that room without its full name.</param>
    public static List<string> Forbidden(string room, string text, IReadOnlyDictionary<string, HashSet<string>> typesByRoom)
    {
        // A folder without a row is another test's finding.
        if (!Table.ContainsKey(room))
            return [];
        var allowed = Allowed(room);
        var found = new List<string>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.TrimStart().StartsWith("//", StringComparison.Ordinal))
                continue;
            foreach (Match match in FullName().Matches(line))
            {
                var used = match.Groups[1].Value;
                if (!allowed.Contains(used) && (HasRow(used) || typesByRoom.ContainsKey(used)))
                    found.Add($"{number}: {room} → {used}");
            }

            foreach (Match match in PartialName().Matches(line))
            {
                var used = match.Groups[1].Value;
                if (!allowed.Contains(used) && typesByRoom.TryGetValue(used, out var types) && types.Contains(match.Groups[2].Value))
                    found.Add($"{number}: {room} → {used}");
            }
        }

        return found;
    }

    [GeneratedRegex(@"\bEdgeProxy\.([A-Z]\w*)")]
    private static partial Regex FullName();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.([A-Z]\w*)")]
    private static partial Regex PartialName();
}
