namespace EdgeProxy.Tests;

/// <summary>Test classes that measure the process or change it: they run one after another, when all others are done.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInProcess
{
    public const string Name = "alone in process";
}
