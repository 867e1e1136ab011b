using EdgeProxy.Ingest;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Ingest;

public sealed class AllowedUpdatesTests
{
    [Fact]
    public void No_subscription_or_only_open_ones_take_Telegrams_default()
    {
        Assert.Empty(AllowedUpdates.For([]).Names);
        Assert.Empty(AllowedUpdates.For([[]]).Names);
        Assert.Empty(AllowedUpdates.For([[], [UpdateKind.Message]]).Names);
    }

    [Fact]
    public void Named_kinds_are_joined_and_sorted()
    {
        var allowed = AllowedUpdates.For([[UpdateKind.Message, UpdateKind.ChatMember], [UpdateKind.CallbackQuery, UpdateKind.Message]]);
        Assert.Equal(["callback_query", "chat_member", "message"], allowed.Names);
    }

    [Fact]
    public void An_open_subscription_beside_one_that_names_chat_member_lists_the_default_and_it()
    {
        IReadOnlyList<string> names = AllowedUpdates.For([[], [UpdateKind.ChatMember]]).Names;
        Assert.Equal(25, names.Count);
        Assert.Contains("chat_member", names);
        Assert.DoesNotContain("message_reaction", names);
    }

    [Fact]
    public void Order_does_not_make_a_difference() => Assert.True(AllowedUpdates.For([[UpdateKind.Poll, UpdateKind.Message]]).Same(["poll", "message"]));
}
