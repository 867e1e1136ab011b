namespace EdgeProxy.Redis;

/// <summary>
/// Takes what the server says on its own: messages of channels, invalidations. The reader stands before the push itself (its kind is the first
/// element). Called by the reader of a connection: it must not block and its spans end with the call.
/// </summary>
internal delegate void RedisPushHandler(RespReader push);
