namespace EdgeProxy.Fanout;

/// <summary>A message to the loop that owns a subscription. Fields that a kind does not need are default.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Queue">The queue whose head was attempted.</param>
/// <param name="Reply">The answer to the attempt.</param>
/// <param name="Capture">Who waits for the state to store.</param>
internal readonly record struct DeliveryReport(
    DeliveryReportKind Kind, KeyQueue? Queue = null, DeliveryReply Reply = default, TaskCompletionSource<CursorCapture>? Capture = null);
