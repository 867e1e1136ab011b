namespace EdgeProxy.LoadTests.Processes;

/// <summary>The simulator's counters: accepted sends, and 429 answers.</summary>
internal sealed record SimulatorStats(long Sends, long Floods, long ApiCalls);
