namespace EdgeProxy.FakeDc.Checks;

/// <summary>Results computed by other programs.</summary>
internal static class KnownValues
{
    public const string Ige =
        "42e66e1a756cccf5b27acc47523ad074ee39bf54e3db37bbdf415df6b400fca9"
        + "7d9eb6ebecefe6423cba26cd62c7daf5956a61393b8a9c55cdf7e5d411692e78";
}
