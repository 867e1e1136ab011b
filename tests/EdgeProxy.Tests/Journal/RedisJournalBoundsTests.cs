using System.Numerics;
using System.Text;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Journal;

/// <summary>Relations between bounds that the Redis journal relies on, and the packing of positions.</summary>
public sealed class RedisJournalBoundsTests
{
    [Fact]
    public void Bounds_agree_with_each_other()
    {
        const int Record = RecordCodec.HeaderBytes + Limits.UpdateBytesMax;
        Assert.True(Limits.RedisReadRecordsMax * (Record + 100L) <= Limits.RedisReplyBytesMax, "full-size records of one read fit into a reply");
        Assert.True(Record + 1_000 <= Limits.RedisCommandBytesMax, "the largest append is a command");
        Assert.True(Limits.RedisDedupeTtlHours > Limits.DedupeHours, "an id is remembered longer than the dedupe window");
        Assert.True(BitOperations.IsPow2(Limits.RedisDedupeBlockIds), "a block's number is a shift");
        Assert.True(Limits.RedisPageBytes < 85_000 && Limits.RedisCacheBytesMax >= 16 * Limits.RedisPageBytes, "pages are small parts of the cache");
        Assert.True(Limits.RedisTailBlockMs + Limits.RedisCommandMs <= Limits.RedisCommandMsMax, "the waiting read has a time-out");
    }

    [Theory]
    [InlineData("0-0", 0)]
    [InlineData("0-1048575", 1048575)]
    [InlineData("1-0", 1048576)]
    [InlineData("8796093022207-1048575", long.MaxValue)]
    public void A_position_is_an_id(string id, long position)
    {
        Assert.True(StreamId.TryParse(Encoding.ASCII.GetBytes(id), out long parsed));
        Assert.Equal(position, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("-")]
    [InlineData("1-")]
    [InlineData("-1-1")]
    [InlineData("1--1")]
    [InlineData("1-1x")]
    [InlineData("1-1048576")]
    [InlineData("8796093022208-0")]
    [InlineData("18446744073709551615-0")]
    public void What_does_not_fit_is_no_position(string id) => Assert.False(StreamId.TryParse(Encoding.ASCII.GetBytes(id), out _));
}
