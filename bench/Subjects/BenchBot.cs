using EdgeProxy.Bots;
using EdgeProxy.Telegram;

namespace EdgeProxy.Bench.Subjects;

/// <summary>A bot that nobody serves.</summary>
internal static class BenchBot
{
    public static Bot Make() => BotToken.TryParse("42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", out BotToken? token)
        ? new Bot { Name = "bench", Token = token, ApiRoot = new Uri("http://127.0.0.1:9") }
        : throw new InvalidOperationException("the token is malformed");
}
