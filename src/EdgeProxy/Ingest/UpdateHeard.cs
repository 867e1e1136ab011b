using EdgeProxy.Bots;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>
/// Tells the way out that an update of this chat arrived, before it is stored. Called on the hot path: it must not block, allocate or throw.
/// A redelivered update tells it again.
/// </summary>
internal delegate void UpdateHeard(Bot bot, in UpdateEnvelope update);
