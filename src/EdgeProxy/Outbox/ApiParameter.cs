namespace EdgeProxy.Outbox;

/// <summary>A query parameter.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Type">JSON Schema type of its value.</param>
/// <param name="Meaning">One sentence.</param>
internal sealed record ApiParameter(string Name, string Type, string Meaning);
