namespace EdgeProxy.LoadTests.Load;

/// <summary>One of the things that a scenario compares.</summary>
/// <param name="Name">In the report and in budgets.</param>
/// <param name="MeasureAsync">Starts what it needs in the round's arena, loads it, and adds figures to the round.</param>
internal sealed record Variant(string Name, Func<Round, Task> MeasureAsync)
{
    /// <summary>Measured in the first round only: what takes minutes and hardly varies.</summary>
    public bool Once { get; init; }

    /// <summary>What it needs and this machine lacks, in words; null when it can be measured. Not measured, it misses no budget.</summary>
    public Func<string?> Missing { get; init; } = () => null;
}
