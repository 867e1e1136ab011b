using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Redis;

/// <summary>Relations between the bounds of the Redis client that its code relies on.</summary>
public sealed class RedisLimitsTests
{
    [Fact]
    public void Bounds_agree_with_each_other()
    {
        Holds(Limits.RedisCommandBytesMax <= Limits.RedisPendingBytesMax, "the largest command fits among those that wait");
        Holds(Limits.UpdateBytesMax * 8 <= Limits.RedisCommandBytesMax, "an update fits into a command with room for its fields");
        Holds(Limits.UpdateBytesMax * 100L <= Limits.RedisReplyBytesMax, "a hundred updates of full size fit into a reply");
        Holds(Limits.RedisBufferBytesMin <= Limits.RedisBufferKeptBytes && Limits.RedisBufferKeptBytes <= Limits.RedisBatchBytes, "most commands fit a batch");
        Holds(Limits.RedisBackoffFirstMs < Limits.RedisBackoffMaxMs && Limits.RedisBackoffMaxMs < Limits.RedisCommandMs, "a command outlives one back-off");
        Holds(Limits.RedisTickMs < Limits.RedisHangMs && Limits.RedisTickMs < Limits.RedisCommandMs, "time-outs are seen in time");
        Holds(Limits.RedisAtOnceMax < Limits.RedisPendingMax, "batches can form");
    }

    private static void Holds(bool relation, string why) => Assert.True(relation, why);
}
