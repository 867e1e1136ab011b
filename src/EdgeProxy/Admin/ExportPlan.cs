using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Which queries an export makes. Telegram gives 10,000 members for one beginning of a name; where more match, the beginning is taken to the end of what
/// it gives and then made longer by every letter that names are known to have, and by those that were seen behind it.
/// </summary>
internal sealed record ExportPlan
{
    // Latin, digits and Cyrillic are tried everywhere; other scripts are learnt from the names themselves.
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789_абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя";

    /// <summary>Beginnings still to ask for; the first is the one under way.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [""];

    /// <summary>Offset within the first.</summary>
    public long Offset { get; init; }

    /// <summary>More match the first than Telegram gives for it.</summary>
    public bool IsLarge { get; init; }

    /// <summary>Letters seen behind the first.</summary>
    public string Behind { get; init; } = "";

    /// <summary>Members that Telegram counts.</summary>
    public long Total { get; init; }

    public bool IsDone => Prefixes.Count == 0;

    /// <summary>The plan behind a page.</summary>
    /// <param name="total">Members that match, as Telegram counts them.</param>
    /// <param name="behind">Letters seen behind the beginning.</param>
    /// <param name="next">Offset of the next page; null at the end.</param>
    public ExportPlan After(long total, IEnumerable<char> behind, long? next)
    {
        string prefix = Prefixes[0];
        bool large = IsLarge || total > Limits.AdminMembersPerQuery;
        string seen = string.Concat(Behind.Concat(behind).Distinct());
        ExportPlan plan = this with { Total = prefix.Length == 0 ? Math.Max(Total, total) : Total };
        if (next is { } offset && offset < Limits.AdminMembersPerQuery) return plan with { Offset = offset, IsLarge = large, Behind = seen };
        bool grows = large && prefix.Length < Limits.AdminPrefixCharsMax;
        IEnumerable<string> longer = grows ? Letters.Concat(seen).Distinct().Select(letter => prefix + letter) : [];
        return plan with { Prefixes = [.. longer, .. Prefixes.Skip(1)], Offset = 0, IsLarge = false, Behind = "" };
    }

    /// <summary>The letters that follow the beginning in a person's names, in lower case.</summary>
    public IEnumerable<char> BehindIn(params ReadOnlySpan<string?> names)
    {
        var letters = new List<char>();
        foreach (string? name in names)
        {
            foreach (string word in (name ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string prefix = Prefixes[0];
                if (word.Length <= prefix.Length || !word.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) continue;
                // Half of a pair is no letter: emoji are left to the queries that find the person by another name.
                if (!char.IsSurrogate(word[prefix.Length])) letters.Add(char.ToLowerInvariant(word[prefix.Length]));
            }
        }

        return letters;
    }

    public string ToText() => AdminJson.Text(json =>
    {
        json.WriteNumber("total", Total);
        json.WriteNumber("offset", Offset);
        json.WriteBoolean("large", IsLarge);
        json.WriteString("behind", Behind);
        json.WriteStartArray("prefixes");
        foreach (string prefix in Prefixes) json.WriteStringValue(prefix);
        json.WriteEndArray();
    });

    public static ExportPlan Parse(string text)
    {
        using JsonDocument json = JsonDocument.Parse(Encoding.UTF8.GetBytes(text));
        JsonElement root = json.RootElement;
        return new ExportPlan
        {
            Total = root.GetProperty("total").GetInt64(),
            Offset = root.GetProperty("offset").GetInt64(),
            IsLarge = root.GetProperty("large").GetBoolean(),
            Behind = root.GetProperty("behind").GetString()!,
            Prefixes = [.. root.GetProperty("prefixes").EnumerateArray().Select(prefix => prefix.GetString()!)],
        };
    }
}
