using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>Relations between the message API's bounds that the code relies on.</summary>
public sealed class ApiLimitsTests
{
    [Fact]
    public void The_bounds_agree_with_each_other()
    {
        Holds(Limits.BroadcastLineBytesMax < Limits.BroadcastBufferBytes, "a line with a chat fits into the buffer");
        Holds(Limits.BroadcastBatchChats <= Limits.BroadcastChatsMax, "a batch is a part of a broadcast");
        Holds(Limits.CallbacksPerHostMax < Limits.CallbacksMax, "one host cannot take every place");
        Holds(Limits.CallbackCrowd > Limits.CallbacksPerHostMax && Limits.CallbackCrowd < Limits.CallbackPage, "a crowd is more than what is under way");
        Holds(Limits.CallbackAttemptsMax * (long)Limits.RetryCapMs >= Limits.CallbackHoursMax * 3_600_000L, "the hours end a call-back, not the attempts");
        Holds(Limits.DecisionBytesMax < Limits.CallBytesMax, "a decision is smaller than a message");
        Holds(Limits.UploadRoomCheckBytes < Limits.UploadDiskReserveBytes, "what comes between two looks at the room does not use the reserve up");
    }

    private static void Holds(bool relation, string why) => Assert.True(relation, why);
}
