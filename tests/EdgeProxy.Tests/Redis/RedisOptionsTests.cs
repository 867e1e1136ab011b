using EdgeProxy.Redis;

namespace EdgeProxy.Tests.Redis;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("redis://h", "redis://h:6379/0")]
    [InlineData("redis://user:pa%40ss%2F@h:1/3", "redis://h:1/3")]
    [InlineData("rediss://:secret@[::1]:7000", "rediss://[::1]:7000/0")]
    [InlineData("unix:///run/redis.sock?db=2", "unix:///run/redis.sock/2")]
    [InlineData("unix://u:secret@/run/r.sock", "unix:///run/r.sock/0")]
    [InlineData("redis://a:1,b:2", "redis://a:1,b:2/0?cluster=true")]
    [InlineData("redis://a?cluster=true&name=x", "redis://a:6379/0?cluster=true")]
    public void What_is_right_is_read(string text, string shown)
    {
        Assert.True(RedisOptions.TryParse(text, out RedisOptions? options, out string? error), error);
        Assert.Equal(shown, options!.ToString());
    }

    [Fact]
    public void User_and_password_are_decoded_and_never_shown()
    {
        Assert.True(RedisOptions.TryParse("rediss://us%3Aer:s3cr%40t@h/0?ca=/x.pem", out RedisOptions? options, out _));
        Assert.Equal(("us:er", "s3cr@t", "/x.pem"), (options!.User, options.Password, options.CaFile));
        Assert.DoesNotContain("s3cr", options.ToString());
        Assert.DoesNotContain("us:er", options.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("h:6379")]
    [InlineData("http://h")]
    [InlineData("redis://")]
    [InlineData("redis://s3cret@h")]
    [InlineData("redis://u:@h")]
    [InlineData("redis://u:s3c/ret@h")]
    [InlineData("redis://u:s3cret#@h")]
    [InlineData("redis://u:s3cret@h:0")]
    [InlineData("redis://u:s3cret@h:65536")]
    [InlineData("redis://h:")]
    [InlineData("redis://h: 1")]
    [InlineData("redis://h/x")]
    [InlineData("redis://h/-1")]
    [InlineData("redis://h/0/1")]
    [InlineData("redis://a,b/1")]
    [InlineData("redis://a,b?cluster=false")]
    [InlineData("redis://h?cluster=yes")]
    [InlineData("redis://h?pass=s3cret")]
    [InlineData("redis://h?name=a%20b")]
    [InlineData("redis://h?ca=/x.pem")]
    [InlineData("redis://[::1")]
    [InlineData("redis://[x]")]
    [InlineData("unix://run/redis.sock")]
    [InlineData("unix:///")]
    [InlineData("unix:///run/%00")]
    [InlineData("unix:///0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678")]
    public void What_is_wrong_is_named_without_a_secret(string? text)
    {
        Assert.False(RedisOptions.TryParse(text, out RedisOptions? options, out string? error));
        Assert.Null(options);
        Assert.NotEmpty(error!);
        Assert.DoesNotContain("s3c", error);
    }

    /// <summary>From the cluster specification: the check value of CRC16/XMODEM, and hash tags.</summary>
    [Fact]
    public void Slots_are_those_of_the_specification()
    {
        Assert.Equal(0x31C3 % RedisSlot.Count, RedisSlot.Of("123456789"u8));
        Assert.Equal(12182, RedisSlot.Of("foo"u8));
        Assert.Equal(RedisSlot.Of("user1000"u8), RedisSlot.Of("{user1000}.following"u8));
        Assert.Equal(RedisSlot.Of("bar"u8), RedisSlot.Of("foo{bar}{zap}"u8));
        Assert.Equal(RedisSlot.Of("{bar"u8), RedisSlot.Of("foo{{bar}}zap"u8));
        Assert.NotEqual(RedisSlot.Of("{}bar"u8), RedisSlot.Of("{}foo"u8));
    }
}
