using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Primitives;

public sealed class Fnv1ATests
{
    // The first three are published test vectors of FNV-1a. The state file holds hashes with a bot's id as seed.
    [Theory]
    [InlineData(0, "", 0xcbf29ce484222325)]
    [InlineData(0, "a", 0xaf63dc4c8601ec8c)]
    [InlineData(0, "foobar", 0x85944171f73967e8)]
    [InlineData(42, "order-1", 0xe7b244b4d16b660f)]
    [InlineData(42, "заказ", 0x46961ebcd49e7075)]
    public void Hashes_stay_as_the_state_file_has_them(ulong seed, string text, ulong hash) => Assert.Equal(hash, Fnv1A.Hash(seed, text));

    [Theory]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(5_000)]
    public void Long_texts_are_hashed_whole(int length)
    {
        string text = new('ж', length);
        ulong hash = 0xcbf29ce484222325 ^ 7;
        foreach (byte one in System.Text.Encoding.UTF8.GetBytes(text)) hash = unchecked((hash ^ one) * 0x100000001b3);
        Assert.Equal(hash, Fnv1A.Hash(7, text));
    }
}
