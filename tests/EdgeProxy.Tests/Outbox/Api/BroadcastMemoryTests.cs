using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>Looks at the memory of the whole process, so it is alone in it.</summary>
[Collection(AloneInProcess.Name)]
public sealed class BroadcastMemoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_reader_keeps_one_small_buffer_whatever_comes(bool lines)
    {
        // Pieces of odd sizes cut chats in the middle.
        const int Chats = 200_000;
        using var body = new Pieces(Chats, lines);
        using var input = new BroadcastInput(body, lines);
        Assert.NotNull(await input.ReadHeadAsync(default));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        int count = 0;
        while (await input.NextAsync(default) is (true, ChatTarget chat, null))
        {
            count++;
            Assert.Equal(1_000_000 + count, chat.Id);
            if (count % 50_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Null(input.Problem);
        Assert.Equal(Chats, count);
        Assert.True(most < 2 * 1024 * 1024, $"{most} bytes held");
    }
}
