namespace EdgeProxy.Outbox;

/// <summary>What a sweep did.</summary>
/// <param name="RestEnded">Chats may go again: queues that seemed empty are to be asked anew.</param>
/// <param name="More">A batch was full: sweep again at once.</param>
internal readonly record struct SweepResult(bool RestEnded, bool More);
