namespace EdgeProxy.Outbox;

/// <summary>A message's row while a transaction holds it locked.</summary>
internal sealed class PostgresEntry(MessageRow row, bool isReady, long notBeforeUnixMs)
{
    public MessageRow Row { get; set; } = row;
    public bool IsReady { get; set; } = isReady;
    public long NotBeforeUnixMs { get; set; } = notBeforeUnixMs;
    public bool IsChanged { get; set; }
    public bool IsDeleted { get; set; }
}
