using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>A photo or document: a stored file with what Telegram says about it.</summary>
internal sealed class Media
{
    public required long Id { get; init; }

    public required long AccessHash { get; init; }

    /// <summary>Changes when a test lets references expire.</summary>
    public required byte[] Reference { get; set; }

    public required StoredFile File { get; init; }

    public required int Date { get; init; }

    public bool IsPhoto { get; init; }

    public string MimeType { get; init; } = "";

    public List<object> Attributes { get; init; } = [];

    public int DcId { get; init; }

    /// <summary>photo or document.</summary>
    public TlObject ToTl() => IsPhoto ? Photo() : Document();

    /// <summary>messageMediaPhoto or messageMediaDocument.</summary>
    public TlObject ToMessageMedia() =>
        IsPhoto ? new TlObject("messageMediaPhoto") { ["photo"] = Photo() } : new TlObject("messageMediaDocument") { ["document"] = Document() };

    private TlObject Photo() => new("photo")
    {
        ["id"] = Id,
        ["access_hash"] = AccessHash,
        ["file_reference"] = Reference,
        ["date"] = Date,
        ["sizes"] = new List<object> { new TlObject("photoSize") { ["type"] = "x", ["w"] = 640, ["h"] = 640, ["size"] = (int)File.Size } },
        ["dc_id"] = DcId,
    };

    private TlObject Document() => new("document")
    {
        ["id"] = Id,
        ["access_hash"] = AccessHash,
        ["file_reference"] = Reference,
        ["date"] = Date,
        ["mime_type"] = MimeType,
        ["size"] = File.Size,
        ["dc_id"] = DcId,
        ["attributes"] = Attributes,
    };
}
