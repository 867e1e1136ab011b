using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Telegram;

public sealed class IdentityTests
{
    private static readonly long[] Edges =
    [
        0, 1, -1, 999_999_999_999, 1_099_511_627_775, (1L << 52) - 1, 1L << 52, -999_999_999_999, -1_000_000_000_000, -1_000_000_000_001,
        -1_001_234_567_890, -1_997_852_516_352, -1_997_852_516_353, -2_000_000_000_000, -2_002_147_483_648, -2_002_147_483_649,
        -4_000_000_000_000, -4_000_000_000_001, long.MinValue, long.MaxValue,
    ];

    [Theory]
    [InlineData(5123456789, ChatIdKind.User, 5123456789, "user:5123456789")]
    [InlineData(-123, ChatIdKind.Group, 123, "group:123")]
    [InlineData(-1001234567890, ChatIdKind.Channel, 1234567890, "channel:1234567890")]
    [InlineData(-4000000000000, ChatIdKind.Channel, 3000000000000, "channel:3000000000000")]
    internal void The_three_kinds_are_told_apart(long id, ChatIdKind kind, long bare, string text)
    {
        Assert.True(ChatId.FromBotApi(id, out ChatId chat));
        Assert.Equal((kind, bare, text, id), (chat.Kind, chat.Bare, chat.ToString(), chat.BotApi));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1_000_000_000_000)]
    [InlineData(-2_000_000_000_000)]
    [InlineData(-4_000_000_000_001)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Impossible_ids_are_refused(long id)
    {
        Assert.False(ChatId.FromBotApi(id, out ChatId chat));
        Assert.Equal(default, chat);
    }

    [Fact]
    public void Every_legal_id_round_trips_through_text_and_number()
    {
        foreach (long edge in Edges)
        {
            for (int near = -2; near <= 2; near++) RoundTrips(unchecked(edge + near));
        }

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(JsonText.Seeds, seed =>
            RoundTrips(new Random(seed).NextInt64(-4_500_000_000_000, 5_000_000_000_000))));
    }

    [Fact]
    public void Every_legal_pair_round_trips_from_text()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            string[] kinds = ["user", "group", "channel"];
            string text = $"{kinds[random.Next(3)]}:{random.NextInt64(-5, 4_500_000_000_000)}";
            return !ChatId.TryParse(text, out ChatId chat) || (chat.ToString() == text && RoundTrips(chat.BotApi));
        }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user")]
    [InlineData("user:")]
    [InlineData("user:0")]
    [InlineData("user:01")]
    [InlineData("user:-1")]
    [InlineData("user: 1")]
    [InlineData("User:1")]
    [InlineData("chat:1")]
    [InlineData("group:1000000000000")]
    [InlineData("channel:1000000000000")]
    [InlineData("user:99999999999999999999")]
    [InlineData("none")]
    public void Other_texts_are_no_chat(string text) => Assert.False(ChatId.TryParse(text, out _));

    [Theory]
    [InlineData("123456:ABC-def_9", 123456)]
    [InlineData("9223372036854775807:x", long.MaxValue)]
    public void A_token_is_parsed_and_redacted(string text, long id)
    {
        Assert.True(BotToken.TryParse(text, out BotToken? token));
        Assert.Equal((id, text, id + ":***"), (token.BotId, token.Reveal(), token.ToString()));
        Assert.True(token.Matches(text));
        Assert.False(token.Matches(text + "x"));
        Assert.False(token.Matches(text.AsSpan(0, text.Length - 1)));
        Assert.False(token.Matches(text[..^1] + "Ā"));
        Assert.False(token.Matches(""));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("123")]
    [InlineData(":abc")]
    [InlineData("123:")]
    [InlineData("0:abc")]
    [InlineData("012:abc")]
    [InlineData("-1:abc")]
    [InlineData("1 2:abc")]
    [InlineData("12x:abc")]
    [InlineData("123:a/b")]
    [InlineData("123:a:b")]
    [InlineData("123:a b")]
    [InlineData("123:ключ")]
    [InlineData("9223372036854775808:x")]
    [InlineData("12345678901234567890:x")]
    public void Other_texts_are_no_token(string? text)
    {
        Assert.False(BotToken.TryParse(text, out BotToken? token));
        Assert.Null(token);
    }

    [Fact]
    public void A_token_is_bounded()
    {
        Assert.True(BotToken.TryParse("1:" + new string('a', Limits.BotTokenCharsMax - 2), out _));
        Assert.False(BotToken.TryParse("1:" + new string('a', Limits.BotTokenCharsMax - 1), out _));
    }

    [Fact]
    public void Every_kind_has_a_name_and_a_lifetime()
    {
        UpdateKind[] kinds = Enum.GetValues<UpdateKind>();
        Assert.Equal(kinds.Length, UpdateKinds.Count);
        foreach (UpdateKind kind in kinds)
        {
            string name = UpdateKinds.Name(kind);
            Assert.Equal(kind.ToString(), string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
            Assert.Equal(kind != UpdateKind.Unknown, UpdateKinds.TryParse(name, out UpdateKind parsed));
            Assert.Equal(kind, parsed);
            Assert.Equal(kind != UpdateKind.Unknown, UpdateKinds.TryParse(System.Text.Encoding.UTF8.GetBytes(name), out parsed));
            Assert.Equal(kind, parsed);
            Assert.InRange(UpdateKinds.Expiry(kind), TimeSpan.FromSeconds(30), TimeSpan.FromHours(24));
        }

        Assert.Equal("unknown", UpdateKinds.Name((UpdateKind)200));
        Assert.False(UpdateKinds.TryParse("Message", out _));
        Assert.False(UpdateKinds.TryParse((string?)null, out _));
        Assert.Equal(TimeSpan.FromSeconds(30), UpdateKinds.Expiry(UpdateKind.InlineQuery));
        Assert.Equal(TimeSpan.FromSeconds(150), UpdateKinds.Expiry(UpdateKind.CallbackQuery));
        Assert.Equal(TimeSpan.FromSeconds(600), UpdateKinds.Expiry(UpdateKind.ChosenInlineResult));
    }

    private static bool RoundTrips(long id)
    {
        if (!ChatId.FromBotApi(id, out ChatId chat)) return true;
        Assert.Equal(id, chat.BotApi);
        Assert.True(chat.Bare > 0);
        Assert.True(ChatId.TryParse(chat.ToString(), out ChatId again));
        Assert.Equal(chat, again);
        return true;
    }
}
