namespace EdgeProxy.Tests.Redis;

/// <summary>As <see cref="RedisFactAttribute"/>, with data.</summary>
internal sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = new RedisFactAttribute().Skip;
}
