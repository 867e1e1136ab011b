namespace EdgeProxy.Observability;

/// <summary>
/// One thing that can be well or ill: a bot, an engine, the state file. The reason is for the operator and never holds a token.
/// </summary>
internal readonly record struct HealthPart(string Name, HealthColour Colour, string? Reason);
