namespace EdgeProxy.Outbox;

/// <summary>A status call-back that is due.</summary>
/// <param name="Number">Its own id; rises.</param>
/// <param name="Url">Where it goes.</param>
/// <param name="Message">The message as it stood when the state was reached.</param>
/// <param name="Failures">Failed attempts so far.</param>
internal sealed record CallbackRecord(long Number, Uri Url, MessageRecord Message, int Failures);
