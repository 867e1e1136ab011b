namespace EdgeProxy.Admin;

/// <summary>A query parameter or header.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Type">JSON Schema type of its value.</param>
/// <param name="Meaning">One sentence.</param>
internal sealed record AdminParameter(string Name, string Type, string Meaning);
