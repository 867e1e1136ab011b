using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>One message of a channel or of an account's dialogs.</summary>
internal sealed class Message
{
    public required int Id { get; init; }

    /// <summary>The channel; null in a dialog with a user.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The other side of a dialog; 0 in a channel.</summary>
    public long PeerUserId { get; init; }

    public required long FromId { get; init; }

    /// <summary>Unix seconds.</summary>
    public required int Date { get; init; }

    public string Text { get; set; } = "";

    public List<object>? Entities { get; set; }

    public Media? Media { get; set; }

    /// <summary>Of a service message; null otherwise.</summary>
    public TlObject? Action { get; init; }

    /// <summary>0 outside of topics; 1 is General.</summary>
    public int TopicId { get; init; }

    public int ReplyToId { get; init; }

    public long RandomId { get; init; }

    public int EditDate { get; set; }
}
