namespace EdgeProxy.LoadTests.Measure;

/// <summary>The scenario could not be run: exit code 2. The message says what was missing or broke.</summary>
internal sealed class LoadException(string message) : Exception(message);
