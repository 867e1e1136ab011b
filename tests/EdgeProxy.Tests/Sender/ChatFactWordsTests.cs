using System.Text;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sender;

public sealed class ChatFactWordsTests : IAsyncLifetime
{
    // PostgreSQL refuses a payload of 8,000 bytes.
    private const int PayloadMax = 7_999;
    private readonly TempFolder _folder = new();
    private StateFile _state = null!;
    private ChatFacts _facts = null!;

    public Task InitializeAsync()
    {
        _state = StateFile.Open(_folder.File("state.db"), ChatFacts.Migrations, TimeProvider.System, NullLogger.Instance);
        _facts = new ChatFacts(_state, TimeProvider.System, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_told_is_taken_over_but_where_memory_knows_better()
    {
        var words = new StringBuilder();
        ChatFactWords.AddSuppression(words, new ChatKey(1, 5), true);
        ChatFactWords.AddSuppression(words, new ChatKey(1, -6), true);
        ChatFactWords.AddSuppression(words, new ChatKey(1, 5), false);
        ChatFactWords.AddSuppression(words, new ChatKey(1, 7), true);
        ChatFactWords.AddMigration(words, new ChatKey(1, -5), -1005);
        Assert.True(ChatFactWords.AddName(words, 1, "@news", -100));
        Assert.False(ChatFactWords.AddName(words, 1, "@a b", -100));
        Assert.False(ChatFactWords.AddName(words, 1, "@" + new string('a', 70), -100));
        Assert.False(ChatFactWords.AddName(words, 1, "@ї", -100));
        ChatFactWords.Apply(words.ToString(), _facts, key => key == new ChatKey(1, 7));
        bool[] suppressed = [.. new long[] { 5, -6, 7 }.Select(chat => _facts.IsSuppressed(new ChatKey(1, chat)))];
        Assert.Equal([false, true, false], suppressed);
        Assert.Equal(-1005, _facts.Became(new ChatKey(1, -5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("s")]
    [InlineData("s1")]
    [InlineData("s1:")]
    [InlineData("sx:y l: m1:2 m1:2: n1:2: n1:2:news n1:2:@")]
    [InlineData("s99999999999999999999:1 z1:5 z")]
    [InlineData("h h! hAAAA hAAAAAAAAAAAAAAAA")]
    public void Other_words_change_nothing(string words)
    {
        ChatFactWords.Apply(words, _facts, _ => false);
        Assert.Equal((0, 0L), (_facts.SuppressedCount, _facts.Became(new ChatKey(1, 2))));
    }

    [Fact]
    public void The_longest_of_each_fits_into_one_notification()
    {
        ChatKey longest = new(long.MinValue, long.MinValue);
        var facts = new StringBuilder();
        for (int i = 0; i < Limits.ChatFactsBatch; i++) ChatFactWords.AddMigration(facts, longest, long.MinValue);
        var names = new StringBuilder();
        for (int i = 0; i < Limits.ChatNamesTold; i++) Assert.True(ChatFactWords.AddName(names, long.MinValue, "@" + new string('a', 63), long.MinValue));
        string heard = ChatFactWords.OfHeard(new ulong[Limits.HeardToldMax]);
        Assert.All([facts.ToString(), names.ToString(), heard], words => Assert.InRange(words.Length, 1, PayloadMax));
    }

    [Fact]
    public async Task The_ring_of_who_wrote_gives_each_once_and_loses_only_the_oldest()
    {
        var share = new HeardShare();
        var taken = new ulong[Limits.HeardShareMax];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < Limits.HeardShareMax / 4; i++) share.Add((ulong)(1 + (i * 4) + writer));
        })));
        Assert.Equal(100, share.Take(taken.AsSpan(0, 100)));
        Assert.Equal(Limits.HeardShareMax - 100, share.Take(taken.AsSpan(100)));
        Assert.Equal(Limits.HeardShareMax, taken.Distinct().Count());
        Assert.Equal(0, share.Take(taken));

        for (ulong i = 1; i <= Limits.HeardShareMax + 10; i++) share.Add(i);
        Assert.Equal(Limits.HeardShareMax, share.Take(taken));
        Assert.Equal((11UL, (ulong)Limits.HeardShareMax + 10), (taken[0], taken[^1]));
    }

    [Fact]
    public void Bounds_agree_with_each_other()
    {
        Assert.Equal(0, Limits.HeardShareMax & (Limits.HeardShareMax - 1));
        Assert.InRange(Limits.HeardShareAgainS, 1, Limits.HeardLatelyS / 4);
        Assert.InRange(Limits.IdempotencyAliveMs, 4 * Limits.IdempotencyBeatMs, int.MaxValue);
        Assert.InRange(Limits.IdempotencyElsewhereS, Limits.ApiAnswerS + Limits.OutboxMaxWaitS, Limits.IdempotencyHours * 3600);
    }
}
