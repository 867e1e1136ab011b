using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>A failing key as it is stored.</summary>
/// <param name="Key">The key whose oldest outstanding record fails.</param>
/// <param name="Failures">Failed attempts of that record.</param>
/// <param name="DueUnixMs">When it may be tried again.</param>
/// <param name="FirstFailedUnixMs">When it failed first.</param>
internal readonly record struct ParkedKey(QueueKey Key, int Failures, long DueUnixMs, long FirstFailedUnixMs);
