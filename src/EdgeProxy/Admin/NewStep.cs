namespace EdgeProxy.Admin;

/// <summary>A step as it is asked for.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Target">See <see cref="AdminStep"/>.</param>
/// <param name="Input">JSON of the call.</param>
internal sealed record NewStep(StepKind Kind, string Target, string Input)
{
    public string? Memo { get; init; }
}
