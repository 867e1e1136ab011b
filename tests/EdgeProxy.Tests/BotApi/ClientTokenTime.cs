namespace EdgeProxy.Tests.BotApi;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ClientTokenTime : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Pass(TimeSpan time) => _now += time;
}
