namespace EdgeProxy.BotApi;

/// <summary>Is told of a field: its name and its value, both decoded. The spans are only good during the call.</summary>
internal delegate void FieldSink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
