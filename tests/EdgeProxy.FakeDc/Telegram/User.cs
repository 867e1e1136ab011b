using System.Numerics;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>An account, a bot, or a mere member of groups.</summary>
internal sealed class User
{
    private int _lastMessageId;

    public required long Id { get; init; }

    public required long AccessHash { get; init; }

    public string FirstName { get; set; } = "";

    public string LastName { get; set; } = "";

    public string Username { get; set; } = "";

    /// <summary>Digits only; empty for bots and mere members.</summary>
    public string Phone { get; set; } = "";

    public bool IsBot { get; set; }

    /// <summary>A bot whose owner forbids groups.</summary>
    public bool NoGroups { get; set; }

    public bool IsPremium { get; set; }

    /// <summary>What the next login must give.</summary>
    public string Code { get; set; } = "12345";

    public string CodeHash { get; set; } = "";

    public SrpPassword? Password { get; set; }

    /// <summary>The open password attempt.</summary>
    public long SrpId { get; set; }

    public BigInteger SrpSecret { get; set; }

    public byte[] SrpShown { get; set; } = [];

    /// <summary>random_id of everything that this account sent, with the message it made; 0 while it is being made.</summary>
    public Dictionary<long, int> RandomIds { get; } = [];

    /// <summary>Messages outside of channels, of all this account's dialogs: they share one numbering.</summary>
    public List<Message> Messages { get; } = [];

    public int NextMessageId() => ++_lastMessageId;

    public TlObject ToTl(User? viewer = null) => new("user")
    {
        ["self"] = viewer == this,
        ["bot"] = IsBot,
        ["bot_info_version"] = IsBot ? 1 : null,
        ["bot_nochats"] = NoGroups,
        ["premium"] = IsPremium,
        ["id"] = Id,
        ["access_hash"] = AccessHash,
        ["first_name"] = FirstName,
        ["last_name"] = LastName.Length == 0 ? null : LastName,
        ["username"] = Username.Length == 0 ? null : Username,
        ["phone"] = viewer == this && Phone.Length > 0 ? Phone : null,
    };
}
