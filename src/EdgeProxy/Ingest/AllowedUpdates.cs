using System.Buffers;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>
/// allowed_updates of one bot, derived from what its subscriptions want. Two forms: the empty list, which Telegram reads as
/// "all but chat_member, message_reaction and message_reaction_count", and an explicit one (Bot API, setWebhook).
/// </summary>
internal sealed class AllowedUpdates
{
    private static readonly UpdateKind[] OnlyByName = [UpdateKind.ChatMember, UpdateKind.MessageReaction, UpdateKind.MessageReactionCount];

    private AllowedUpdates(IReadOnlyList<string> names) => Names = names;

    /// <summary>Sorted names; empty stands for Telegram's default.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <param name="wants">The kinds each subscription names; an empty list wants Telegram's default.</param>
    public static AllowedUpdates For(IEnumerable<IReadOnlyList<UpdateKind>> wants)
    {
        bool everything = false;
        var kinds = new HashSet<UpdateKind>();
        foreach (IReadOnlyList<UpdateKind> want in wants)
        {
            everything |= want.Count == 0;
            kinds.UnionWith(want);
        }

        bool named = kinds.Overlaps(OnlyByName);
        if (kinds.Count == 0 || (everything && !named)) return new AllowedUpdates([]);
        if (everything) kinds.UnionWith(Enum.GetValues<UpdateKind>().Except(OnlyByName));
        return new AllowedUpdates([.. kinds.Where(kind => kind != UpdateKind.Unknown).Select(UpdateKinds.Name).Order(StringComparer.Ordinal)]);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("allowed_updates");
        foreach (string name in Names) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }

    /// <summary>The same set, whatever its order.</summary>
    public bool Same(IEnumerable<string> names) => names.Order(StringComparer.Ordinal).SequenceEqual(Names, StringComparer.Ordinal);
}
