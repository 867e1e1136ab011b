namespace EdgeProxy.Telegram;

/// <summary>
/// What Telegram keeps in order: two updates with equal keys of one bot are delivered one after the other, all others in parallel.
/// Source: queue ids in tdlib/telegram-bot-api Client.cpp, as summed up in the README's "order" section.
/// </summary>
/// <param name="Scope">What <paramref name="Id"/> names.</param>
/// <param name="Kind">The kind where a kind has a queue of its own (callbacks, members, reactions);
/// <see cref="UpdateKind.Unknown"/> where kinds share one (messages).</param>
/// <param name="Id">Chat id, user id or poll id; 0 for <see cref="QueueScope.Update"/>-less kinds.</param>
internal readonly record struct QueueKey(QueueScope Scope, UpdateKind Kind, long Id);
