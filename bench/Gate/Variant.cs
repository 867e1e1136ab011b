namespace EdgeProxy.Bench.Gate;

/// <summary>One way to do a case's operation.</summary>
/// <param name="Name">EdgeProxy's own or the peer's.</param>
/// <param name="Run">Does it so many times.</param>
internal sealed record Variant(string Name, Action<int> Run)
{
    public static Variant Of(string name, Func<long> operation) => new(name, count =>
    {
        for (int index = 0; index < count; index++) operation();
    });
}
