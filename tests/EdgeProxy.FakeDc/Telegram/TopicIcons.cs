using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>The set of custom emoji that a topic may have for its icon.</summary>
internal sealed class TopicIcons
{
    public const long SetId = 5_310_000_000_000_000_001;

    private const long SetAccessHash = 4_242_424_242_424_242;

    private static readonly string[] Emojis =
    [
        "💬", "📰", "💡", "⚡️", "🎙", "🔝", "🗣", "🆒", "❗️", "📝", "📆", "📁",
        "🔎", "📣", "🔥", "❤️", "❓", "📈", "💰", "🪪", "🏠", "✅", "🎉", "🤖",
    ];

    private readonly List<(string Emoji, Media Document)> _icons = [];

    public TopicIcons(World world, FileStore files, int dcId)
    {
        foreach (var emoji in Emojis)
        {
            List<object> attributes =
            [
                new TlObject("documentAttributeImageSize") { ["w"] = 100, ["h"] = 100 },
                new TlObject("documentAttributeCustomEmoji") { ["text_color"] = false, ["alt"] = emoji, ["stickerset"] = Reference() },
            ];
            _icons.Add((emoji, world.AddMedia(files.Add([1, 2, 3, 4], emoji), isPhoto: false, "video/webm", attributes, dcId)));
        }
    }

    public Media? Find(long id) => _icons.Find(icon => icon.Document.Id == id).Document;

    /// <summary>Emoji and document, for a test to compare with.</summary>
    public object All() => _icons.Select(icon => new { emoji = icon.Emoji, id = icon.Document.Id }).ToList();

    public TlObject ToTl() => new("messages.stickerSet")
    {
        ["set"] = new TlObject("stickerSet")
        {
            ["official"] = true,
            ["emojis"] = true,
            ["id"] = SetId,
            ["access_hash"] = SetAccessHash,
            ["title"] = "Topic icons",
            ["short_name"] = "Topics",
            ["count"] = _icons.Count,
            ["hash"] = _icons.Count,
        },
        ["packs"] = _icons
            .Select(object (icon) => new TlObject("stickerPack") { ["emoticon"] = icon.Emoji, ["documents"] = new List<object> { icon.Document.Id } })
            .ToList(),
        ["keywords"] = new List<object>(),
        ["documents"] = _icons.Select(object (icon) => icon.Document.ToTl()).ToList(),
    };

    private static TlObject Reference() => new("inputStickerSetID") { ["id"] = SetId, ["access_hash"] = SetAccessHash };
}
