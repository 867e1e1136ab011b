using EdgeProxy.Primitives;

namespace EdgeProxy.Tests;

public sealed class LimitsTests
{
    [Fact]
    public void Bounds_agree_with_each_other()
    {
        Assert.True(Limits.DedupeHours >= 24);
    }
}
