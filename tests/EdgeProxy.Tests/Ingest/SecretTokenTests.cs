using EdgeProxy.Ingest;

namespace EdgeProxy.Tests.Ingest;

public sealed class SecretTokenTests
{
    [Theory]
    [InlineData("secret", true)]
    [InlineData("secre", false)]
    [InlineData("secret2", false)]
    [InlineData("Secret", false)]
    [InlineData("", false)]
    [InlineData("секрет", false)]
    public void Only_the_same_bytes_match(string given, bool matches) => Assert.Equal(matches, SecretToken.Matches("secret"u8, given));

    [Fact]
    public void An_overlong_header_does_not_match() => Assert.False(SecretToken.Matches("secret"u8, new string('s', 10_000)));

    [Fact]
    public void Two_headers_do_not_match() => Assert.False(SecretToken.Matches("secret"u8, new(["secret", "secret"])));

    [Fact]
    public void The_rule_is_the_Bot_APIs()
    {
        Assert.True(SecretToken.IsLegal("Az09_-" + new string('x', 250)));
        Assert.False(SecretToken.IsLegal(new string('x', 257)));
        Assert.False(SecretToken.IsLegal(""));
        Assert.False(SecretToken.IsLegal("a b"));
    }
}
