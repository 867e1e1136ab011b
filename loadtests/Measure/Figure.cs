namespace EdgeProxy.LoadTests.Measure;

/// <summary>One measured number of one round.</summary>
/// <param name="Variant">Of which variant.</param>
/// <param name="Name">What; budgets name it.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Unit">For people: "ms", "µs", "/s", "%", "MB", or empty for a count.</param>
internal readonly record struct Figure(string Variant, string Name, double Value, string Unit);
